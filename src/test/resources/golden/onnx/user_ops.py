"""Operators that users' graphs have, with settings at random, and what ONNX Runtime gives: SEED COUNT FOLDER."""
import os,sys,random,numpy as np,onnx,onnxruntime as ort
from onnx import helper as H, numpy_helper as NH, TensorProto as TP
seed,N,out=int(sys.argv[1]),int(sys.argv[2]),sys.argv[3]
rng=random.Random(seed); R=np.random.default_rng(seed); ok=bad=0
def f(*s): return R.normal(size=s).astype(np.float32)
def pool():
    T=rng.randint(4,12); k=rng.randint(1,4); mx=rng.random()<.5
    a=dict(kernel_shape=[k],strides=[rng.randint(1,3)])
    m=rng.random()
    if m<.5: a['pads']=[rng.randint(0,k-1),rng.randint(0,k-1)]
    elif m<.9: a['auto_pad']=rng.choice(['SAME_UPPER','SAME_LOWER','VALID'])
    if rng.random()<.4: a['ceil_mode']=1
    if not mx and rng.random()<.5: a['count_include_pad']=1
    return [('MaxPool' if mx else 'AveragePool',['x'],['y'],a)],[('x',f(2,3,T),['N',3,T if rng.random()<.6 else 'T'])],[],rng.choice([10,11,12,19,22])
def conv():
    T=rng.randint(5,12);k=rng.randint(1,4);a=dict(strides=[rng.randint(1,3)],dilations=[rng.randint(1,2)])
    m=rng.random()
    if m<.4: a['pads']=[rng.randint(0,3),rng.randint(0,3)]
    elif m<.9: a['auto_pad']=rng.choice(['SAME_UPPER','SAME_LOWER','VALID'])
    return [('Conv',['x','w'],['y'],a)],[('x',f(2,3,T),['N',3,T if rng.random()<.6 else 'T'])],[('w',f(4,3,k))],rng.choice([11,13,22])
def prelu():
    s=rng.choice([(3,1),(4,),(1,3,1),(1,),(3,4)])
    return [('PRelu',['x','s'],['y'],{})],[('x',f(2,3,4),['N',3,4])],[('s',f(*s))],rng.choice([7,9,16])
def shrink(): return [('Shrink',['x'],['y'],dict(lambd=.5 if rng.random()<.5 else .2,bias=rng.choice([0.,.2,.5])))],[('x',f(2,3,4),['N',3,4])],[],rng.choice([9,13])
def arg(): 
    a=dict(axis=rng.choice([1,2,-1]),keepdims=rng.randint(0,1))
    if rng.random()<.2: a['select_last_index']=rng.randint(0,1)
    x=np.round(f(2,3,4)) if rng.random()<.3 else f(2,3,4)
    return [(rng.choice(['ArgMax','ArgMin']),['x'],['y'],a)],[('x',x.astype(np.float32),['N',3,rng.choice([4,'T'])])],[],rng.choice([12,13]) if 'select_last_index' in a else rng.choice([7,11,13])
def cumsum():
    return [('CumSum',['x','a'],['y'],dict(exclusive=rng.randint(0,1),reverse=rng.randint(0,1)))],[('x',f(2,3,4),['N',3,4])],[('a',np.array(rng.choice([1,2,-1]),np.int64))],rng.choice([11,14])
def onehot():
    x=R.integers(-3,4,(2,3)); return [('OneHot',['x','d','v'],['y'],dict(axis=rng.choice([-1,1,2])))],[('x',x.astype(np.int64),['N',3])],[('d',np.array(4,np.int64)),('v',np.array(rng.choice([[0,1],[-1,2]]),np.float32))],rng.choice([9,11])
def inorm(): return [('InstanceNormalization',['x','s','b'],['y'],dict(epsilon=1e-3))],[('x',f(2,3,6),['N',3,rng.choice([6,'T'])])],[('s',f(3)),('b',f(3))],rng.choice([7,13,22])
def rms(): return [('RMSNormalization',['x','s'],['y'],dict(axis=-1))],[('x',f(2,5,3),['N','T',3])],[('s',f(3))],23
def gelu(): return [('Gelu',['x'],['y'],dict(approximate=rng.choice(['none','tanh'])))],[('x',f(2,5,3),['N','T',3])],[],20
def pair():
    op=rng.choice(['Add','Mul','Sub','Max'])
    return [('Unsqueeze',['x'],['a'],dict(axes=[2])),('Unsqueeze',['x'],['b'],dict(axes=[1])),(op,['a','b'],['c'],{}),('Tanh',['c'],['y'],{})],[('x',f(2,4,3),['N',rng.choice([4,'T']),3])],[],11
def pairmean():
    return [('Unsqueeze',['x'],['a'],dict(axes=[2])),('Unsqueeze',['x'],['b'],dict(axes=[1])),('Add',['a','b'],['c'],{}),('Tanh',['c'],['d'],{}),('ReduceMean',['d'],['e'],dict(axes=[rng.choice([1,2,3])],keepdims=0)),('Softmax',['e'],['y'],dict(axis=-1))],[('x',f(2,4,3),['N',rng.choice([4,'T']),3])],[],13 if False else 12
def matmul():
    return [('MatMul',['x','z'],['y'],{})],[('x',f(2,2,4,3),['N',2,rng.choice([4,'T']),3]),('z',f(2,rng.choice([1,2]),3,5),None)],[],13
def tile():
    return [('Shape',['x'],['s'],{}),('Gather',['s','one'],['t'],dict(axis=0)),('Concat',['o1','t','o1'],['r'],dict(axis=0)),('ReduceMean',['x'],['m'],dict(axes=[1],keepdims=1)),(rng.choice(['Tile']),['m','r'],['y'],{})],[('x',f(2,5,3),['N','T',3])],[('one',np.array([1],np.int64)),('o1',np.array([1],np.int64))],13
def expand():
    return [('Shape',['x'],['s'],{}),('ReduceMean',['x'],['m'],dict(axes=[1],keepdims=1)),('Expand',['m','s'],['y'],{})],[('x',f(2,5,3),['N',rng.choice(['T',5]),3])],[],13
def reshape():
    a=rng.choice([([2,8],[4,4]),([4,3],[6,2]),([2,12],[8,3]),([3,8],[6,4]),([6,4],[3,8]),([2,3,4],[6,4]),([2,3,4],[4,6]),([4,6],[2,2,6])])
    return [('Reshape',['x','s'],['z'],{}),('Softmax',['z'],['y'],dict(axis=-1))],[('x',f(2,*a[0]),['N',*a[0]])],[('s',np.array([0,*a[1]],np.int64))],13
def reshape2():
    T=3;h=2;d=4
    return [('Transpose',['x'],['t'],dict(perm=[1,0,2])),('Reshape',['t','s'],['z'],{}),('Transpose',['z'],['u'],dict(perm=[1,0,2])),('Softmax',['u'],['w'],dict(axis=-1)),('Transpose',['w'],['v'],dict(perm=[1,0,2])),('Reshape',['v','s2'],['q'],{}),('Transpose',['q'],['y'],dict(perm=[1,0,2]))],[('x',f(2,T,h*d),[2,rng.choice([3,'T']),h*d])],[('s',np.array([-1 if rng.random()<.5 else 3,2*h,d],np.int64)),('s2',np.array([-1,2,h*d],np.int64))],13
K=[pool,pool,pool,conv,conv,prelu,shrink,arg,cumsum,onehot,inorm,rms,gelu,pair,pairmean,matmul,tile,expand,reshape,reshape2]
for n in range(N):
    k=rng.choice(K); nodes,ins,inits,op=k()
    ns=[H.make_node(o,i,u,**a) for o,i,u,a in nodes]
    tt=lambda a: {'f':TP.FLOAT,'i':TP.INT64}[a.dtype.kind]
    g=H.make_graph(ns,'g',[H.make_tensor_value_info(a,tt(v),d if d is not None else [x if i else 'N' for i,x in enumerate(v.shape)]) for a,v,d in ins],[H.make_tensor_value_info('y',TP.INT64 if k is arg else TP.FLOAT,None)],[NH.from_array(v,a) for a,v in inits])
    m=H.make_model(g,opset_imports=[H.make_opsetid('',op)],ir_version=8)
    try:
        so=ort.SessionOptions(); so.log_severity_level=4
        r=ort.InferenceSession(m.SerializeToString(),so).run(None,{a:v for a,v,_ in ins})
        assert all(np.isfinite(x).all() for x in r)
    except Exception as e:
        bad+=1
        continue
    d=f'{out}/{k.__name__}{n}'; os.makedirs(d+'/test_data_set_0',exist_ok=True); onnx.save(m,d+'/model.onnx')
    for i,(a,v,_) in enumerate(ins): open(f'{d}/test_data_set_0/input_{i}.pb','wb').write(NH.from_array(v,a).SerializeToString())
    open(f'{d}/test_data_set_0/output_0.pb','wb').write(NH.from_array(r[0],'y').SerializeToString())
    open(d+'/desc.txt','w').write(f'{nodes} in {[(v.shape,d) for _,v,d in ins]} init {[(a,v.shape) for a,v in inits]} opset {op}')
    ok+=1
print('made',ok,'bad',bad)
