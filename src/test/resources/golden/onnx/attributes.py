"""The attributes of ONNX's operators in opsets 7 to 23, as onnx.defs has them: attributes.csv."""
import onnx

rows = {}
for schema in onnx.defs.get_all_schemas_with_history():
    if schema.domain == "" and schema.since_version <= 23:
        rows.setdefault(schema.name, {})[schema.since_version] = sorted(schema.attributes)
with open("attributes.csv", "w", newline="\n") as out:
    out.write("operator,first opset,attributes of opsets 7 to 23\n")
    for name, versions in sorted(rows.items()):
        last_before = max((v for v in versions if v <= 7), default=0)
        names = sorted({a for v, of in versions.items() if v >= last_before for a in of})
        out.write(f"{name},{min(versions)},{' '.join(names)}\n")
print(onnx.__version__)
