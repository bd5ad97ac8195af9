# What a client in Python sends over gRPC and makes of the answers: exchanges.json.
# 2026-11-29, Python 3.11, grpcio and grpcio-tools 1.84.0, protobuf 7.36.2, numpy 2.4.6; stubs of
# https://github.com/kserve/open-inference-protocol specification/protocol/open_inference_grpc.proto
# (commit 29ca333e, Apache-2.0), which lies beside the script when it is run:
#   python -m grpc_tools.protoc -I. --python_out=. --grpc_python_out=. open_inference_grpc.proto
#   python make.py exchanges.json HOST:PORT HTTP_PORT
# The server is GrpcRecordedTest, run by hand: it serves the models of the test. Every answer is compared with
# that over HTTP before it is written down.
import base64, json, sys, urllib.request
import grpc, numpy as np
import open_inference_grpc_pb2 as pb, open_inference_grpc_pb2_grpc as rpc
from google.protobuf import json_format

out, address, http = sys.argv[1:]
channel = grpc.insecure_channel(address)
stub = rpc.GRPCInferenceServiceStub(channel)
cases = []


def ask(name, method, request):
    case = {"name": name, "method": method,
            "request": base64.b64encode(request.SerializeToString()).decode()}
    try:
        answer = getattr(stub, method)(request)
        case["status"] = "OK"
        case["response"] = json_format.MessageToDict(answer, preserving_proto_field_name=True)
    except grpc.RpcError as e:
        answer = None
        case["status"] = e.code().name
        case["details"] = e.details()
    cases.append(case)
    return answer


def over_http(model, inputs, parameters=None):
    body = {"inputs": inputs, **({"parameters": parameters} if parameters else {})}
    request = urllib.request.Request(f"http://{address.split(':')[0]}:{http}/v2/models/{model}/infer",
                                     json.dumps(body).encode())
    with urllib.request.urlopen(request) as answer:
        return [np.array(o["data"], np.float32).reshape(o["shape"]) for o in json.load(answer)["outputs"]]


def arrays(answer):  # as tritonclient's as_numpy has it: raw_output_contents, else contents
    found = []
    for i, output in enumerate(answer.outputs):
        if answer.raw_output_contents:
            values = np.frombuffer(answer.raw_output_contents[i], np.float32)
        else:
            values = np.array(output.contents.fp32_contents, np.float32)
        found.append(values.reshape(output.shape))
    return found


def same(answer, expected):
    for a, b in zip(arrays(answer), expected, strict=True):
        assert a.tobytes() == b.tobytes(), (a, b)


def request(model, x, name, **more):  # with the bytes, as tritonclient.grpc sends them
    r = pb.ModelInferRequest(model_name=model, **more)
    r.inputs.add(name=name, datatype="FP32", shape=x.shape)
    r.raw_input_contents.append(x.tobytes())
    return r


def json_input(name, x):
    return {"name": name, "datatype": "FP32", "shape": x.shape, "data": x.ravel().tolist()}


assert ask("live", "ServerLive", pb.ServerLiveRequest()).live
assert ask("ready", "ServerReady", pb.ServerReadyRequest()).ready
assert ask("server", "ServerMetadata", pb.ServerMetadataRequest()).name == "lstm4j"
assert ask("model ready", "ModelReady", pb.ModelReadyRequest(name="load", version="1")).ready
metadata = ask("model", "ModelMetadata", pb.ModelMetadataRequest(name="load"))
assert list(metadata.inputs[0].shape) == [-1, -1, 3] and metadata.inputs[0].datatype == "FP32"
name = metadata.inputs[0].name

x = np.random.default_rng(1).standard_normal((2, 4, 3)).astype(np.float32)
expected = over_http("load", [json_input(name, x)])
same(ask("bytes", "ModelInfer", request("load", x, name, id="7")), expected)
typed = pb.ModelInferRequest(model_name="load", model_version="1")
typed.inputs.add(name=name, datatype="FP32", shape=x.shape).contents.fp32_contents.extend(x.ravel())
typed.outputs.add(name="out")
same(ask("typed", "ModelInfer", typed), expected)
doubles = pb.ModelInferRequest(model_name="load")
doubles.inputs.add(name=name, datatype="FP64", shape=x.shape).contents.fp64_contents.extend(x.ravel().astype(float))
same(ask("doubles", "ModelInfer", doubles), expected)
half = pb.ModelInferRequest(model_name="load")
half.inputs.add(name=name, datatype="FP16", shape=x.shape)
half.raw_input_contents.append(x.astype(np.float16).tobytes())
same(ask("half", "ModelInfer", half), over_http("load", [json_input(name, x.astype(np.float16).astype(np.float32))]))

for t in range(4):
    part = request("load", x[:1, t], name)  # a reading, [1, 3]
    part.parameters["sequence_id"].string_param = "shop 1"
    part.parameters["sequence_start"].bool_param = t == 0
    part.parameters["sequence_end"].bool_param = t == 3
    same(ask(f"reading {t}", "ModelInfer", part), over_http("load", [json_input(name, x[:1, :t + 1])]))

ids = pb.ModelInferRequest(model_name="ids")
ids.inputs.add(name="ids", datatype="INT64", shape=[1, 3]).contents.int64_contents.extend([1, 2, 6])
ids.parameters["binary_data_output"].bool_param = True
same(ask("whole numbers", "ModelInfer", ids),
     over_http("ids", [{"name": "ids", "datatype": "INT64", "shape": [1, 3], "data": [1, 2, 6]}]))

for name_, wrong, code in [
        ("shape", request("load", x[:, :, :2].copy(), name), "INVALID_ARGUMENT"),
        ("input", request("load", x, "y"), "INVALID_ARGUMENT"),
        ("no model", request("lode", x, name), "NOT_FOUND"),
        ("no version", request("load", x, name, model_version="3"), "NOT_FOUND"),
        ("short", pb.ModelInferRequest(model_name="load", inputs=request("load", x, name).inputs,
                                       raw_input_contents=[x.tobytes()[:-1]]), "INVALID_ARGUMENT"),
        ("no inputs", pb.ModelInferRequest(model_name="load"), "INVALID_ARGUMENT")]:
    assert ask(name_, "ModelInfer", wrong) is None
    assert cases[-1]["status"] == code and cases[-1]["details"], cases[-1]

stream = channel.stream_stream("/inference.GRPCInferenceService/ModelStreamInfer",
                               pb.ModelInferRequest.SerializeToString, pb.ModelInferResponse.FromString)
try:
    list(stream(iter([request("load", x, name)])))
    raise AssertionError
except grpc.RpcError as e:
    assert e.code() == grpc.StatusCode.UNIMPLEMENTED and "ModelStreamInfer: is not served" in e.details(), e

with open(out, "w") as file:
    json.dump(cases, file, indent=1)
print(len(cases), "exchanges")
