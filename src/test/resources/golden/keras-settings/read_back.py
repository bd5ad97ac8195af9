"""Reads with Keras what lstm4j wrote after loading the files of this folder: python read_back.py FOLDER WRITTEN.
Prints the largest difference of each prediction from the recorded one, and every setting that is not the original's.

2026-11-29, Keras 3.15.1 on torch: 29 of 29 predict the recorded numbers, difference 0. Settings that differ are names
of activations that are objects, LeakyReLU(0.2) and Activation("mish") written by their names, Softmax(axis=[2]) by 2.
"""
import os, sys
os.environ["KERAS_BACKEND"] = "torch"
import keras,numpy as np,glob,json,warnings
warnings.simplefilter("ignore")
a,b=sys.argv[1],sys.argv[2]
def clean(o):
    if isinstance(o,dict): return {k:clean(v) for k,v in o.items() if k not in("shared_object_id",)}
    if isinstance(o,(list,tuple)): return [clean(v) for v in o]
    return o
def diff(x,y,p=""):
    if isinstance(x,dict) and isinstance(y,dict):
        for k in sorted(set(x)|set(y)):
            diff(x.get(k,"-"),y.get(k,"-"),p+"/"+str(k))
    elif isinstance(x,list) and isinstance(y,list) and len(x)==len(y):
        for i,(u,v) in enumerate(zip(x,y)): diff(u,v,p+"/"+str(i))
    elif x!=y: print("   ",p,x,"->",y)
c=np.load(a+"/cases.npz"); ok=0;n=0
for f in sorted(glob.glob(b+"/*.keras")):
    name=os.path.basename(f)[:-6]; n+=1
    try:
        m=keras.saving.load_model(f); o=keras.saving.load_model(a+"/"+name+".keras")
        d=abs(m.predict(c[name+".x"],verbose=0)-c[name+".p"]).max(); ok+=d<2e-6
        print(name,d); diff(clean(o.get_config()),clean(m.get_config()))
    except Exception as e: print(name,"ERR",str(e)[:300])
print(ok,"of",n)
