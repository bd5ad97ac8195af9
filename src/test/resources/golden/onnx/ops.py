"""Recurrent nodes at random, single operators and small graphs, with what ONNX Runtime gives.
onnx 1.23.1, ONNX Runtime 1.30.0, numpy; 2026-11-29."""
import onnx, numpy as np, os, sys, shutil
from onnx import helper as h, TensorProto as T, numpy_helper as nh
import onnxruntime as ort
ort.set_default_logger_severity(4)
OUT='cases/ops'  # zipped with the others as cases.zip
rng=np.random.default_rng(7)
def save(name, nodes, inputs, outputs, inits, feeds, opset=13, ir=8, batchdyn=None, ref=None, elem=None):
    ins=[]
    for n,a in feeds.items():
        shape=list(a.shape)
        if batchdyn and n in batchdyn: shape=batchdyn[n]
        ins.append(h.make_tensor_value_info(n, h.np_dtype_to_tensor_dtype(a.dtype), shape))
    outs=[h.make_tensor_value_info(o, T.UNDEFINED if False else (elem or T.FLOAT), None) for o in outputs]
    g=h.make_graph(nodes,'g',ins,outs,[nh.from_array(v,k) if not isinstance(v,onnx.TensorProto) else v for k,v in inits.items()])
    m=h.make_model(g,opset_imports=[h.make_opsetid('',opset)],ir_version=ir)
    d=f'{OUT}/{name}'; os.makedirs(d+'/test_data_set_0',exist_ok=True)
    onnx.save(m,d+'/model.onnx')
    try:
        y=ref if ref is not None else ort.InferenceSession(m.SerializeToString()).run(outputs,feeds)
    except Exception as e:
        print('ORT',name,str(e)[:200]); shutil.rmtree(d); return
    for i,(n,a) in enumerate(feeds.items()): open(f'{d}/test_data_set_0/input_{i}.pb','wb').write(nh.from_array(a,n).SerializeToString())
    for i,a in enumerate(y): open(f'{d}/test_data_set_0/output_{i}.pb','wb').write(nh.from_array(np.asarray(a),outputs[i]).SerializeToString())
f=lambda *s: (rng.standard_normal(s)*0.5).astype(np.float32)
acts_all=['Sigmoid','Tanh','Relu','HardSigmoid','Softsign','Softplus','Elu','LeakyRelu','ThresholdedRelu','ScaledTanh','Affine']
uses={'HardSigmoid':(1,1),'Elu':(1,0),'LeakyRelu':(1,0),'ThresholdedRelu':(1,0),'ScaledTanh':(1,1),'Affine':(1,1)}
def rnn(kind,i,simple):
    Tn,B,I,H=int(rng.integers(1,6)),int(rng.integers(1,4)),int(rng.integers(1,4)),int(rng.integers(1,5))
    G={'LSTM':4,'GRU':3,'RNN':1}[kind]; direction=rng.choice(['forward','reverse','bidirectional']); D=2 if direction=='bidirectional' else 1
    at={'hidden_size':H,'direction':direction}
    na={'LSTM':3,'GRU':2,'RNN':1}[kind]*D
    tag=[direction[:2]]
    opset=int(rng.choice([7,8,9,11,13,14,17,21,22]))
    if simple=='acts' or (simple=='all' and rng.random()<.4):
        acts=[str(rng.choice(acts_all)) for _ in range(na)]; at['activations']=[rng.choice([a,a.lower(),a.upper()]) for a in acts]
        al,be=[],[]
        for a in acts:
            u=uses.get(a,(0,0))
            if u[0]: al.append(float(np.float32(rng.uniform(.3,.9))))
            if u[1]: be.append(float(np.float32(rng.uniform(.2,.7))))
        if al: at['activation_alpha']=al
        if be: at['activation_beta']=be
        tag.append('acts')
    if simple in('clip','all') and rng.random()<(1 if simple=='clip' else .3): at['clip']=float(np.float32(rng.uniform(.1,1))); tag.append('clip')
    if kind=='LSTM' and simple in ('forget','all') and rng.random()<(1 if simple=='forget' else .2): at['input_forget']=1; tag.append('cifg')
    if kind=='GRU' and rng.random()<.5: at['linear_before_reset']=1; tag.append('lbr')
    X=f(Tn,B,I); inits={'W':f(D,G*H,I),'R':f(D,G*H,H)}
    names=['X','W','R']; feeds={'X':X}
    if rng.random()<.7: inits['B']=f(D,2*G*H); names.append('B')
    else: names.append('')
    if simple in('lens','all') and rng.random()<(1 if simple=='lens' else .3):
        feeds['lens']=rng.integers(1,Tn+1,B).astype(np.int32); names.append('lens'); tag.append('lens')
    else: names.append('')
    if rng.random()<.4: feeds['h0']=f(D,B,H); names.append('h0'); tag.append('h0')
    else: names.append('')
    if kind=='LSTM':
        if rng.random()<.4: feeds['c0']=f(D,B,H); names.append('c0'); tag.append('c0')
        else: names.append('')
        if rng.random()<.3: inits['P']=f(D,3*H); names.append('P'); tag.append('P')
    while names[-1]=='': names.pop()
    alls=['Y','Y_h']+(['Y_c'] if kind=='LSTM' else [])
    want=[o for o in alls if rng.random()<.6] or [alls[int(rng.integers(len(alls)))]]
    outs=[o if o in want else '' for o in alls]
    while outs[-1]=='': outs.pop()
    dyn=None
    if rng.random()<.5:
        dyn={'X':['t','b',I]}
        if 'h0' in feeds: dyn['h0']=[D,'b',H]
        if 'c0' in feeds: dyn['c0']=[D,'b',H]
        if 'lens' in feeds: dyn['lens']=['b']
    save(f'{kind}_{simple}_{i}_{"_".join(tag)}',[h.make_node(kind,names,outs,name=f'n{i}',**at)],None,want,inits,feeds,opset=opset,batchdyn=dyn)
for kind in('LSTM','GRU','RNN'):
    for s,n in (('base',14),('acts',8),('clip',5),('lens',8),('all',14))+((('forget',5),) if kind=='LSTM' else ()):
        for i in range(n): rnn(kind,i,s)
# ---- single ops on (B,T,F)
i64=lambda *a: np.array(a,np.int64)
B,Tn,F=2,5,4
X=f(B,Tn,F)
def one(name,op,ins,inits,attrs={},feeds=None,opset=13,outs=1,**k):
    save(name,[h.make_node(op,ins,[f'y{i}' for i in range(outs)],**attrs)],None,[f'y{i}' for i in range(outs)],inits,feeds or {'x':X},opset=opset,**k)
D3={'x':['b','t',F]}; D2={'x':['b',F]}; DT={'x':['b',Tn,F]}
for op in ['Add','Sub','Mul','Div','Pow','Min','Max']:
    base={'x':np.abs(X)+.1}
    for nm,c in (('s',np.float32(1.5)),('f',np.abs(f(F))+.1),('tf',np.abs(f(Tn,F))+.1),('t1',np.abs(f(1,Tn,1))+.1)):
        one(f'{op}_{nm}',op,['x','c'],{'c':np.asarray(c,np.float32)},feeds=base,batchdyn=DT)
        if nm!='t1': one(f'{op}_{nm}_r',op,['c','x'],{'c':np.asarray(c,np.float32)},feeds=base,batchdyn=DT)
    one(f'{op}_xx',op,['x','x2'],{},feeds={'x':np.abs(X)+.1,'x2':np.abs(f(B,Tn,F))+.1},batchdyn={'x':['b','t',F],'x2':['b','t',F]})
    one(f'{op}_xb',op,['x','x2'],{},feeds={'x':np.abs(X)+.1,'x2':np.abs(f(B,1,F))+.1})
one('Mul_col','Mul',['x','c'],{'c':f(1,F)},feeds={'x':f(3,1)})
for op in ['Neg','Abs','Sqrt','Exp','Log','Relu','Sigmoid','Tanh','Softplus','Softsign','Elu','LeakyRelu','Selu','HardSigmoid','Celu','HardSwish','Identity','Reciprocal','Sign','Floor','Ceil','Mish','ThresholdedRelu']:
    one(op,op,['x'],{},feeds={'x':(np.abs(X)+.1) if op in('Sqrt','Log','Reciprocal') else X},batchdyn=D3,opset=18)
one('Gelu','Gelu',['x'],{},opset=20)
one('LeakyRelu_a','LeakyRelu',['x'],{},{'alpha':.3})
one('HardSigmoid_a','HardSigmoid',['x'],{},{'alpha':.3,'beta':.4})
one('Clip11','Clip',['x','lo','hi'],{'lo':np.float32(-.2),'hi':np.float32(.3)},opset=11)
one('Clip11lo','Clip',['x','lo'],{'lo':np.float32(-.2)},opset=11)
one('Clip11hi','Clip',['x','','hi'],{'hi':np.float32(.1)},opset=11)
one('Clip6','Clip',['x'],{},{'min':-.1,'max':.4},opset=7)
one('Clip0','Clip',['x'],{},{'min':0.},opset=7)
for ax in (1,2,-1): 
    one(f'Softmax13_{ax}','Softmax',['x'],{},{'axis':ax}); one(f'LogSoftmax13_{ax}','LogSoftmax',['x'],{},{'axis':ax})
one('Softmax13_d','Softmax',['x'],{},{}); 
one('Softmax11_1','Softmax',['x'],{},{'axis':1},opset=11); one('Softmax11_2','Softmax',['x'],{},{'axis':2},opset=11); one('Softmax9_d','Softmax',['x'],{},{},opset=9,feeds={'x':f(3,4)})
one('LogSoftmax11','LogSoftmax',['x'],{},{'axis':1},opset=11)
for p in ([0,2,1],[1,0,2],[2,1,0],[0,1,2],[2,0,1],[1,2,0]): one('Transpose_'+''.join(map(str,p)),'Transpose',['x'],{},{'perm':p},batchdyn=D3)
one('Squeeze13','Squeeze',['x','a'],{'a':i64(1)},feeds={'x':f(3,1,4)}); one('Squeeze11','Squeeze',['x'],{},{'axes':[1]},feeds={'x':f(3,1,4)},opset=11)
one('Unsqueeze13','Unsqueeze',['x','a'],{'a':i64(1)},feeds={'x':f(3,4)}); one('Unsqueeze11','Unsqueeze',['x'],{},{'axes':[2,-1]} if False else {'axes':[1,2]},feeds={'x':f(3,4)},opset=11)
for nm,s in (('flat',(0,-1)),('merge',(-1,4)),('b',(2,20)),('split',(0,0,2,2)),('allsplit',(2,5,2,2)),('big',(0,10,2)),('c',(0,2,10)),('m1',(-1,20))): one('Reshape_'+nm,'Reshape',['x','s'],{'s':i64(*s)},batchdyn=DT if nm not in('b','allsplit') else None)
one('Flatten1','Flatten',['x'],{},{'axis':1},batchdyn=DT); one('Flatten2','Flatten',['x'],{},{'axis':2},batchdyn=DT)
M=2**63-1
for nm,(s,e,a,st) in {'last':((-1,),(M,),(1,),(1,)),'first':((0,),(1,),(1,),(1,)),'mid':((1,),(4,),(1,),(1,)),'neg':((-3,),(-1,),(1,),(1,)),'feat':((1,),(3,),(2,),(1,)),'step':((0,),(M,),(1,),(2,)),'rev':((-1,),(-M,),(1,),(-1,)),'two':((1,0),(4,2),(1,2),(1,1)),'revf':((-1,),(-M,),(2,),(-1,)),'revs':((-1,),(-M,),(1,),(-2,))}.items():
    for dyn in (0,1): one(f'Slice_{nm}_{dyn}','Slice',['x','s','e','a','st'],{'s':i64(*s),'e':i64(*e),'a':i64(*a),'st':i64(*st)},batchdyn=D3 if dyn and nm not in('revs','step') else DT)
one('Slice9','Slice',['x'],{},{'starts':[1],'ends':[1000],'axes':[1]},opset=9)
for nm,ix,ax in (('last',np.int64(-1),1),('i2',np.int64(2),1),('row',i64(1,3),1),('odd',i64(3,0,1),1),('f',np.int64(1),2),('fr',i64(3,2,1,0),2)): one('Gather_'+nm,'Gather',['x','i'],{'i':np.asarray(ix)},{'axis':ax},batchdyn=D3 if nm in('last','f') else DT)
ids=rng.integers(0,7,(3,5)).astype(np.int64)
save('Embedding',[h.make_node('Gather',['tab','ids'],['y'])],None,['y'],{'tab':f(7,3)},{'ids':ids},batchdyn={'ids':['b','t']})
save('Embedding_lstm_T',[h.make_node('Gather',['tab','ids'],['e']),h.make_node('LSTM',['e','W','R'],['y','yh'],hidden_size=2)],None,['y','yh'],{'tab':f(7,3),'W':f(1,8,3),'R':f(1,8,2)},{'ids':ids},batchdyn={'ids':['t','b']})
save('Embedding_cast',[h.make_node('Cast',['x'],['ids'],to=T.INT32),h.make_node('Gather',['tab','ids'],['y'])],None,['y'],{'tab':f(7,3)},{'x':ids.astype(np.float32)},batchdyn={'x':['b','t']})
save('Embedding_1d',[h.make_node('Gather',['tab','ids'],['y'])],None,['y'],{'tab':f(7,3)},{'ids':ids[:,0]},batchdyn={'ids':['b']})
one('Split_eq','Split',['x'],{},{'axis':2},outs=2); one('Split_s','Split',['x','s'],{'s':i64(1,3)},{'axis':2},outs=2); one('Split_11','Split',['x'],{},{'axis':2,'split':[3,1]},outs=2,opset=11); one('Split_18','Split',['x'],{},{'axis':1,'num_outputs':3},outs=3,opset=18)
two={'x':X,'x2':f(B,Tn,F)}
for ax in (1,2,-1): one(f'Concat_{ax}','Concat',['x','x2'],{},{'axis':ax},feeds=two)
one('Concat_f','Concat',['x','x2'],{},{'axis':2},feeds={'x':X,'x2':f(B,Tn,1)},batchdyn={'x':['b','t',F],'x2':['b','t',1]})
one('Concat_t','Concat',['x','x2'],{},{'axis':1},feeds={'x':X,'x2':f(B,2,F)})
for op in ('ReduceMean','ReduceMax','ReduceSum','ReduceMin','ReduceL2','ReduceLogSumExp'):
    for ax in ([1],[2],[-1],[1,2]):
        for k in (0,1):
            one(f'{op}_{"".join(map(str,ax))}_{k}',op,['x','a'],{'a':i64(*ax)},{'keepdims':k},opset=18,batchdyn=D3 if ax==[1] else DT)
    if op!='ReduceSum': one(f'{op}_old',op,['x'],{},{'axes':[1],'keepdims':0},opset=11)
one('ReduceSum_old','ReduceSum',['x'],{},{'axes':[1],'keepdims':0},opset=11)
C=f(2,3,8)
for nm,k,at in (('v',3,{}),('p',3,{'pads':[1,1]}),('c',3,{'pads':[2,0]}),('pp',3,{'pads':[2,1]}),('su',4,{'auto_pad':'SAME_UPPER'}),('sl',4,{'auto_pad':'SAME_LOWER'}),('s2',3,{'strides':[2]}),('s2p',3,{'strides':[2],'pads':[1,1]}),('d',3,{'dilations':[2],'pads':[2,2]}),('s2u',3,{'strides':[2],'auto_pad':'SAME_UPPER'}),('s3l',2,{'strides':[3],'auto_pad':'SAME_LOWER'}),('g',3,{'group':3})):
    one('Conv_'+nm,'Conv',['x','w','b'],{'w':f(6,3 if nm!='g' else 1,k),'b':f(6)},at,feeds={'x':C},batchdyn={'x':['b',3,8]})
one('Conv_dyn','Conv',['x','w'],{'w':f(6,3,3)},{'pads':[1,1]},feeds={'x':C},batchdyn={'x':['b',3,'t']})
one('Conv_dyn2','Conv',['x','w'],{'w':f(6,3,3)},{'strides':[2]},feeds={'x':C},batchdyn={'x':['b',3,'t']})
save('Conv2d_1',[h.make_node('Unsqueeze',['x','a'],['u']),h.make_node('Conv',['u','w','b'],['c'],kernel_shape=[1,3],pads=[0,1,0,1]),h.make_node('Squeeze',['c','a'],['y'])],None,['y'],{'a':i64(2),'w':f(6,3,1,3),'b':f(6)},{'x':C})
for op in ('MaxPool','AveragePool'):
    for nm,at in (('2',{'kernel_shape':[2],'strides':[2]}),('31',{'kernel_shape':[3]}),('su',{'kernel_shape':[2],'strides':[2],'auto_pad':'SAME_UPPER'}),('p',{'kernel_shape':[3],'pads':[1,1]})):
        one(f'{op}_{nm}',op,['x'],{},at,feeds={'x':C},batchdyn={'x':['b',3,8]})
one('GAP','GlobalAveragePool',['x'],{},feeds={'x':C}); one('GMP','GlobalMaxPool',['x'],{},feeds={'x':C})
bn={'s':np.abs(f(3))+.5,'bb':f(3),'m':f(3),'v':np.abs(f(3))+.3}
one('BN3','BatchNormalization',['x','s','bb','m','v'],bn,{'epsilon':1e-3},feeds={'x':C},opset=15); one('BN2','BatchNormalization',['x','s','bb','m','v'],bn,{},feeds={'x':f(4,3)},opset=9); one('BN7','BatchNormalization',['x','s','bb','m','v'],bn,{},feeds={'x':f(4,3)},opset=7)
one('LN','LayerNormalization',['x','s','bb'],{'s':f(F),'bb':f(F)},{'axis':-1},opset=17); one('LN1','LayerNormalization',['x','s'],{'s':f(Tn,F)},{'axis':1},opset=17)
one('Dropout7','Dropout',['x'],{},{'ratio':.5},opset=7); one('Dropout13','Dropout',['x','r','t'],{'r':np.float32(.5),'t':np.array(False)},opset=13); one('Dropout12','Dropout',['x','r'],{'r':np.float32(.5)},opset=12)
one('MatMul','MatMul',['x','w'],{'w':f(F,3)},batchdyn=D3); one('MatMul1','MatMul',['x','w'],{'w':f(F)},batchdyn=D3); one('MatMul2','MatMul',['x','w'],{'w':f(F,3)},feeds={'x':f(3,F)},batchdyn={'x':['b',F]})
one('MatMulL','MatMul',['w','x'],{'w':f(3,Tn)},batchdyn=DT); one('MatMulB','MatMul',['x','w'],{'w':f(1,F,3)})
one('MatMulXX','MatMul',['x','x2'],{},feeds={'x':X,'x2':f(B,F,3)})
save('Attention',[h.make_node('Transpose',['x'],['xt'],perm=[0,2,1]),h.make_node('MatMul',['x','xt'],['s']),h.make_node('Softmax',['s'],['p'],axis=-1),h.make_node('MatMul',['p','x'],['y'])],None,['y'],{},{'x':X},batchdyn=D3)
for tb in (0,1):
    for c in ('none','v','1v','s'):
        for ab in ((1.,1.),(.5,2.)):
            inits={'w':f(3,F) if tb else f(F,3)}; ins=['x','w']
            if c!='none': inits['c']={'v':f(3),'1v':f(1,3),'s':f(1)}[c]; ins.append('c')
            one(f'Gemm_{tb}{c}{ab[0]}','Gemm',ins,inits,{'transB':tb,'alpha':ab[0],'beta':ab[1]},feeds={'x':f(3,F)},batchdyn={'x':['b',F]})
one('Gemm_tA','Gemm',['x','w'],{'w':f(F,3)},{'transA':1},feeds={'x':f(F,2)})
one('GemmXC','Gemm',['x','w','c'],{'w':f(F,3)},feeds={'x':f(3,F),'c':f(3,3)})
one('Where','Where',['m','x','z'],{'z':np.float32(-9)},feeds={'m':X>0,'x':X})
save('MaskEq',[h.make_node('Equal',['x','z'],['e']),h.make_node('Not',['e'],['n']),h.make_node('Cast',['n'],['c'],to=1),h.make_node('Mul',['c','x'],['y'])],None,['y'],{'z':np.float32(0)},{'x':np.maximum(X,0)})
one('Greater','Greater',['x','z'],{'z':np.float32(0)},elem=T.BOOL)
one('Expand','Expand',['x','s'],{'s':i64(1,Tn,1)},feeds={'x':f(3,1,4)}); one('Tile','Tile',['x','s'],{'s':i64(1,6,1)},feeds={'x':f(3,1,4)})
one('Pad','Pad',['x','p'],{'p':i64(0,2,0,0,1,0)}); one('Sum3','Sum',['x','x2','x3'],{},feeds={'x':X,'x2':f(B,Tn,F),'x3':f(B,Tn,F)}); one('Mean2','Mean',['x','x2'],{},feeds=two); one('Max3','Max',['x','x2','x3'],{},feeds={'x':X,'x2':f(B,Tn,F),'x3':f(B,Tn,F)})
one('PRelu','PRelu',['x','s'],{'s':np.array([.3],np.float32)})
# dtypes
for dt,nm in ((np.float64,'double'),(np.float16,'half')):
    Xd=f(4,2,3).astype(dt); w={'W':f(1,8,3).astype(dt),'R':f(1,8,2).astype(dt),'B':f(1,16).astype(dt)}
    n=[h.make_node('LSTM',['X','W','R','B'],['Y','Yh'],hidden_size=2)]
    ref=None
    w32={k:v.astype(np.float32) for k,v in w.items()}
    g=h.make_graph(n,'g',[h.make_tensor_value_info('X',1,[4,2,3])],[h.make_tensor_value_info(o,1,None) for o in('Y','Yh')],[nh.from_array(v,k) for k,v in w32.items()])
    ref=ort.InferenceSession(h.make_model(g,opset_imports=[h.make_opsetid('',13)],ir_version=8).SerializeToString()).run(None,{'X':Xd.astype(np.float32)})
    save('LSTM_'+nm,n,None,['Y','Yh'],w,{'X':Xd},ref=ref,elem=h.np_dtype_to_tensor_dtype(np.dtype(dt)))
# bfloat16 initialisers with cast
wb=f(F,3); u=(wb.view(np.uint32)>>16).astype(np.uint16); wf=(u.astype(np.uint32)<<16).view(np.float32)
tp=onnx.TensorProto(); tp.name='w'; tp.data_type=T.BFLOAT16; tp.dims.extend(wb.shape); tp.raw_data=u.tobytes()
save('bf16',[h.make_node('Cast',['w'],['wf'],to=1),h.make_node('MatMul',['x','wf'],['y'])],None,['y'],{'w':tp},{'x':X},ref=[X@wf])
# tf2onnx like
def tf(name,rs,bid=False):
    D=2 if bid else 1; H=3
    w={'W':f(D,4*H,F),'R':f(D,4*H,H),'B':f(D,8*H),'K':f(D*H,2),'b':f(2),'sh':i64(-1,D*H),'ax':i64(1),'ax0':i64(0)}
    n=[h.make_node('Transpose',['x'],['t'],perm=[1,0,2]),h.make_node('LSTM',['t','W','R','B'],['Y','Yh','Yc'],hidden_size=H,direction='bidirectional' if bid else 'forward')]
    if rs:
        if bid: n+=[h.make_node('Split',['Y'],['f4','b4'],axis=1),h.make_node('Squeeze',['f4','ax'],['f3']),h.make_node('Squeeze',['b4','ax'],['b3']),h.make_node('Concat',['f3','b3'],['c'],axis=2),h.make_node('Transpose',['c'],['o'],perm=[1,0,2])]
        else: n+=[h.make_node('Squeeze',['Y','ax'],['s']),h.make_node('Transpose',['s'],['o'],perm=[1,0,2])]
        n+=[h.make_node('Shape',['o'],['os']),h.make_node('Cast',['os'],['osi'],to=T.INT32),h.make_node('Reshape',['o','sh'],['o2']),h.make_node('MatMul',['o2','K'],['mm']),h.make_node('Add',['mm','b'],['ad']),h.make_node('Slice',['osi','s0','s2','s0'],['lead']),h.make_node('Concat',['lead','two'],['ns'],axis=0),h.make_node('Cast',['ns'],['ns64'],to=T.INT64),h.make_node('Reshape',['ad','ns64'],['rr']),h.make_node('Softmax',['rr'],['y'],axis=-1)]
        w|={'s0':i64(0),'s2':i64(2),'two':np.array([2],np.int32)}
    else:
        if bid: n+=[h.make_node('Split',['Yh'],['f4','b4'],axis=0),h.make_node('Squeeze',['f4','ax0'],['f3']),h.make_node('Squeeze',['b4','ax0'],['b3']),h.make_node('Concat',['f3','b3'],['s'],axis=-1)]
        else: n+=[h.make_node('Squeeze',['Yh','ax0'],['s'])]
        n+=[h.make_node('MatMul',['s','K'],['mm']),h.make_node('Add',['mm','b'],['ad']),h.make_node('Sigmoid',['ad'],['y'])]
    save(name,n,None,['y'],w,{'x':X},batchdyn={'x':['unk__1',Tn,F]})
    save(name+'_dyn',n,None,['y'],w,{'x':X},batchdyn=D3)
tf('tf_seq',1); tf('tf_last',0); tf('tf_bseq',1,True); tf('tf_blast',0,True)
# multi-sample constants, lens consts, unif state
w={'W':f(1,8,3),'R':f(1,8,2)}
save('lens_const',[h.make_node('LSTM',['X','W','R','','L'],['Y','Yh'],hidden_size=2)],None,['Y','Yh'],{**w,'L':np.array([3,3],np.int32)},{'X':f(4,2,3)})
save('h0_const',[h.make_node('LSTM',['X','W','R','','','H0','C0'],['Y','Yh'],hidden_size=2)],None,['Y','Yh'],{**w,'H0':np.repeat(f(1,1,2),2,1),'C0':np.zeros((1,2,2),np.float32)},{'X':f(4,2,3)})
save('h0_expand',[h.make_node('Shape',['X'],['s']),h.make_node('Gather',['s','one'],['b']),h.make_node('Unsqueeze',['b','z'],['b1']),h.make_node('Concat',['o1','b1','two'],['sh'],axis=0),h.make_node('Expand',['H0','sh'],['h']),h.make_node('LSTM',['X','W','R','','','h','h'],['Y','Yh'],hidden_size=2)],None,['Y','Yh'],{**w,'H0':f(1,1,2),'one':np.int64(1),'z':i64(0),'o1':i64(1),'two':i64(2)},{'X':f(4,2,3)},batchdyn={'X':['t','b',3]})
# a value for each sample, where the file leaves open how many there are
save('h0_samples',[h.make_node('LSTM',['X','W','R','','','H0','C0'],['Y','Yh'],hidden_size=2)],None,['Y','Yh'],{**w,'H0':f(1,2,2),'C0':f(1,2,2)},{'X':f(4,2,3)},batchdyn={'X':['t','b',3]})
save('h0_samples_same',[h.make_node('LSTM',['X','W','R','','','H0'],['Y','Yh'],hidden_size=2)],None,['Y','Yh'],{**w,'H0':np.repeat(f(1,1,2),2,1)},{'X':f(4,2,3)},batchdyn={'X':['t','b',3]})
save('lens_samples',[h.make_node('LSTM',['X','W','R','','L'],['Y','Yh'],hidden_size=2)],None,['Y','Yh'],{**w,'L':np.array([0,3],np.int32)},{'X':f(4,2,3)},batchdyn={'X':['t','b',3]})
print('done')
