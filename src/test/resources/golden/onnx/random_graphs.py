"""Graphs of one or two operators at random, of ranks 2 to 4, with what ONNX Runtime gives: SEED FOLDER COUNT."""
import numpy as np, onnx, onnxruntime as ort, os, sys, random, json
from onnx import helper as h, TensorProto as T, numpy_helper as nh
rng=random.Random(int(sys.argv[1])); np.random.seed(int(sys.argv[1]))
out=sys.argv[2]; N=int(sys.argv[3]); os.makedirs(out,exist_ok=True)
def c(name,a): return nh.from_array(np.array(a),name)
def case(i):
    op=rng.choice(OPS)
    rank=rng.choice([2,3,3,4]); B=rng.choice([2,3])
    dims=[B]+[rng.choice([1,1,2,3,4]) for _ in range(rank-1)]
    inputs={'x':dims}; inits=[]; nodes=[]; opset=rng.choice([13,17,18])
    ax=lambda: rng.choice([a for a in range(-rank+1,rank) if a!=0 and a!=-rank])
    o=op
    def red():
        n=rng.randint(1,rank-1); axes=sorted(rng.sample(range(1,rank),n)); kd=rng.choice([0,1])
        if rng.random()<.3: axes=[a-rank for a in axes]
        if op=='ReduceSum' or opset>=18:
            inits.append(c('ax',np.array(axes,np.int64))); return h.make_node(op,['x','ax'],['y'],keepdims=kd)
        return h.make_node(op,['x'],['y'],keepdims=kd,axes=axes)
    if op.startswith('Reduce'): nodes=[red()]
    elif op in('GlobalMaxPool','GlobalAveragePool'):
        if rank<3: return None
        nodes=[h.make_node(op,['x'],['y'])]
    elif op=='Reshape':
        rest=dims[1:]; n=int(np.prod(rest)); 
        f=[]; m=n
        while rng.random()<.8 and len(f)<3:
            d=rng.choice([d for d in range(1,m+1) if m%d==0]); f.append(d); m//=d
        f.append(m); k=rng.random()
        t=[0 if rng.random()<.5 else B]+f
        if k<.4: t=[-1]+f if rng.random()<.5 else [0]+[-1 if j==len(f)-1 else v for j,v in enumerate(f)]
        if rng.random()<.15: t=[-1,dims[-1]]
        inits.append(c('s',np.array(t,np.int64))); nodes=[h.make_node('Reshape',['x','s'],['y'])]
    elif op=='Transpose':
        p=list(range(rank)); rng.shuffle(p); nodes=[h.make_node(op,['x'],['y'],perm=p)]
    elif op=='Unsqueeze':
        n=rng.randint(1,2); axes=rng.sample(range(0,rank+n),n); inits.append(c('ax',np.array(axes,np.int64))); nodes=[h.make_node(op,['x','ax'],['y'])]
    elif op=='Squeeze':
        ones=[a for a in range(1,rank) if dims[a]==1]
        if not ones: return None
        axes=rng.sample(ones,rng.randint(1,len(ones))); inits.append(c('ax',np.array(axes,np.int64))); nodes=[h.make_node(op,['x','ax'],['y'])]
    elif op=='Flatten': nodes=[h.make_node(op,['x'],['y'],axis=rng.randint(1,rank))]
    elif op in('Softmax','LogSoftmax'): nodes=[h.make_node(op,['x'],['y'],axis=ax())]
    elif op in('Add','Mul','Sub','Div','Max','Min','Greater','Equal','Where','Pow'):
        r2=rng.choice([0,1,rank,rank,rank,min(4,rank+1),max(1,rank-1)])
        d2=list(([1]*(max(0,r2-rank))+dims)[-r2:] if r2 else [])
        for j in range(len(d2)):
            if rng.random()<.4: d2[j]=1
            elif d2[j]==1 and rng.random()<.3 and not(r2>=rank and j==r2-rank): d2[j]=3
        if r2>rank and rng.random()<.5: d2[0]=2
        const=rng.random()<.5 or r2<rank
        if r2>rank: const=True
        if const: inits.append(c('z',np.asarray(np.random.rand(*d2),np.float32)+np.float32(.5)))
        else:
            if d2[0]==1 and B!=1: d2[0]=B
            inputs['z']=d2
        ab=['x','z']
        if rng.random()<.5 and op!='Pow': ab.reverse()
        if op=='Where':
            inits.append(c('half',np.float32(.5))); nodes=[h.make_node('Greater',['x','half'],['q']),h.make_node('Where',['q']+ab,['y'])]
        elif op in('Greater','Equal'): nodes=[h.make_node(op,ab,['q']),h.make_node('Cast',['q'],['y'],to=1)]
        else: nodes=[h.make_node(op,ab,['y'])]
    elif op=='MatMul':
        k=dims[-1]; r2=rng.choice([1,2,2,rank]); 
        if r2==1: d2=[k]
        elif r2==2 and rank!=2: d2=[k,rng.choice([1,2,3])]
        else: d2=dims[:-2]+[k,rng.choice([1,2,3])]
        if rank==2: d2=[k]+([rng.choice([1,2])] if rng.random()<.7 else [])
        if len(d2)>=3 and rng.random()<.6: inputs['z']=d2
        else:
            if len(d2)>=3: d2[0]=1
            inits.append(c('z',np.random.rand(*d2).astype(np.float32)))
        nodes=[h.make_node('MatMul',['x','z'],['y'])]
    elif op=='Concat':
        a=ax(); d2=list(dims); d2[a]=rng.choice([1,2]); 
        if rng.random()<.6: inputs['z']=d2
        else: inits.append(c('z',np.random.rand(*d2).astype(np.float32)))
        ab=['x','z']
        if rng.random()<.5: ab.reverse()
        if rng.random()<.2: ab=['x','x']
        nodes=[h.make_node('Concat',ab,['y'],axis=a)]
    elif op=='Split':
        a=ax(); 
        if dims[a]<2: return None
        k=rng.randint(1,dims[a]-1); inits.append(c('s',np.array([k,dims[a]-k],np.int64)))
        nodes=[h.make_node('Split',['x','s'],['y','y2'],axis=a)]
    elif op=='Slice':
        a=ax(); st=rng.choice([1,1,2,-1])
        if st==-1: s,e=-1,-1000
        else: s=rng.randint(0,dims[a]-1); e=rng.choice([1000,s+1,s+2])
        inits+= [c('st',np.array([s],np.int64)),c('en',np.array([e],np.int64)),c('a',np.array([a],np.int64)),c('sp',np.array([st],np.int64))]
        nodes=[h.make_node('Slice',['x','st','en','a','sp'],['y'])]
    elif op=='Gather':
        a=ax(); n=dims[a]; idx=rng.choice([np.int64(rng.randint(-n,n-1)),np.array([rng.randrange(n)],np.int64),np.array([rng.randrange(n),rng.randrange(n)],np.int64),np.array([[rng.randrange(n)]],np.int64)])
        inits.append(c('i',idx)); nodes=[h.make_node('Gather',['x','i'],['y'],axis=a)]
    elif op=='Expand':
        t=[rng.choice([2,3]) if d==1 else rng.choice([1,d]) for d in dims]; t[0]=1
        if rng.random()<.3: t=[1]+t
        if rng.random()<.2: t=t[-rng.randint(1,rank):]
        inits.append(c('s',np.array(t,np.int64))); nodes=[h.make_node(op,['x','s'],['y'])]
    elif op=='Tile':
        t=[1]+[rng.choice([1,1,2]) for _ in dims[1:]]; inits.append(c('s',np.array(t,np.int64))); nodes=[h.make_node(op,['x','s'],['y'])]
    elif op=='Pad':
        b=[0]+[rng.choice([0,0,1]) for _ in dims[1:]]; e=[0]+[rng.choice([0,0,1]) for _ in dims[1:]]
        inits.append(c('s',np.array(b+e,np.int64))); nodes=[h.make_node(op,['x','s'],['y'])]
    elif op=='LayerNormalization':
        if opset<17: return None
        a=ax(); d=dims[a:]; inits+=[c('w',np.random.rand(*d).astype(np.float32)),c('b',np.random.rand(*d).astype(np.float32))]
        nodes=[h.make_node(op,['x','w','b'],['y'],axis=a)]
    elif op=='BatchNormalization':
        if rank<2: return None
        n=dims[1]; inits+=[c(k,np.random.rand(n).astype(np.float32)+.1) for k in 'abcd']; nodes=[h.make_node(op,['x']+list('abcd'),['y'])]
    elif op in('Relu','Clip0','Neg','Sqrt','Identity','Floor'):
        if op=='Clip0': inits+=[c('lo',np.float32(.2)),c('hi',np.float32(.8))]; nodes=[h.make_node('Clip',['x','lo','hi'],['y'])]
        else: nodes=[h.make_node(op,['x'],['y'])]
    elif op in('MaxPool','AveragePool'):
        if rank<3: return None
        k=[rng.choice([1,min(2,d)]) for d in dims[2:]]; nodes=[h.make_node(op,['x'],['y'],kernel_shape=k,strides=[rng.choice([1,2]) for _ in k])]
    elif op=='Gemm':
        if rank!=2: return None
        inits.append(c('w',np.random.rand(dims[1],rng.choice([1,2])).astype(np.float32))); nodes=[h.make_node(op,['x','w'],['y'])]
    # a second op for compositions
    if rng.random()<.5 and len(nodes[-1].output)==1:
        nodes[-1].output[0]='m'
        second=rng.choice(['Neg','Relu','Transpose0','Flat','Add1'])
        if second=='Flat': inits.append(c('fs',np.array([0,-1],np.int64))); nodes.append(h.make_node('Reshape',['m','fs'],['y']))
        elif second=='Add1': inits.append(c('one',np.float32(1.5))); nodes.append(h.make_node('Add',['m','one'],['y']))
        elif second=='Transpose0': nodes.append(h.make_node('Transpose',['m'],['y']))
        else: nodes.append(h.make_node(second,['m'],['y']))
    dyn=rng.random()
    def vi(n,d):
        dd=list(d)
        if dyn<.6: dd[0]='batch'
        return h.make_tensor_value_info(n,T.FLOAT,dd)
    outs=[h.make_empty_tensor_value_info(o) for o in nodes[-1].output]
    outs=[h.make_tensor_value_info(o,T.FLOAT,None) for o in nodes[-1].output]
    g=h.make_graph(nodes,'g',[vi(n,d) for n,d in inputs.items()],outs,inits)
    m=h.make_model(g,opset_imports=[h.make_opsetid('',opset)],ir_version=8)
    feed={n:np.random.rand(*d).astype(np.float32) for n,d in inputs.items()}
    try:
        s=ort.InferenceSession(m.SerializeToString(),providers=['CPUExecutionProvider']); y=s.run(None,feed)
    except Exception as e:
        return None
    p=f'{out}/{i}'; os.makedirs(p+'/test_data_set_0',exist_ok=True)
    # declared output shape as ORT gives it
    if rng.random()<.7:
        del m.graph.output[:]
        for o,v in zip(nodes[-1].output,y): m.graph.output.append(h.make_tensor_value_info(o,T.FLOAT,list(v.shape) if dyn>=.6 else None))
    open(p+'/model.onnx','wb').write(m.SerializeToString())
    for j,n in enumerate(inputs): open(f'{p}/test_data_set_0/input_{j}.pb','wb').write(nh.from_array(feed[n]).SerializeToString())
    for j,v in enumerate(y): open(f'{p}/test_data_set_0/output_{j}.pb','wb').write(nh.from_array(np.asarray(v)).SerializeToString())
    open(p+'/what','w').write(op+' '+' '.join(str(d)+':'+str(v) for d,v in inputs.items())+' | '+'; '.join(n.op_type+str({a.name:h.get_attribute_value(a) for a in n.attribute}) for n in nodes)+' '+str({t.name:(nh.to_array(t).tolist() if nh.to_array(t).dtype==np.int64 else list(t.dims)) for t in inits}))
    return 1
OPS=['ReduceSum','ReduceMean','ReduceMax','ReduceL2','GlobalMaxPool','GlobalAveragePool','Reshape','Reshape','Reshape','Transpose','Unsqueeze','Squeeze','Flatten','Softmax','LogSoftmax','Add','Mul','Sub','Div','Max','Greater','Where','Pow','MatMul','MatMul','Concat','Split','Slice','Gather','Expand','Tile','Pad','LayerNormalization','BatchNormalization','Relu','Clip0','Floor','MaxPool','AveragePool','Gemm']
i=0; t=0
while i<N and t<N*5:
    t+=1
    if case(i): i+=1
print(i,t)
