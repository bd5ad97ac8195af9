"""Models as users have them, as PyTorch exports them: FOLDER [old|new|both]."""
import os,sys,random,warnings,numpy as np,torch,onnx,onnxruntime as ort,math
from onnx import numpy_helper as NH
from torch import nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence as pack, pad_packed_sequence as unpack
warnings.filterwarnings('ignore')
import logging; logging.disable(logging.CRITICAL)
out=sys.argv[1]; which=sys.argv[2] if len(sys.argv)>2 else 'both'
torch.manual_seed(3)
M={}
def model(f): M[f.__name__]=f; return f
I=torch.randint
class Wrap(nn.Module):
    def __init__(s,mods,fn): super().__init__(); s.m=nn.ModuleDict(mods); s.fn=fn
    def forward(s,*a): return s.fn(s.m,*a)
X=lambda *d: torch.randn(*d)
class BahdanauConcat(nn.Module):
    def __init__(s): super().__init__(); s.r=nn.LSTM(3,6,batch_first=True); s.a=nn.Linear(12,4); s.v=nn.Linear(4,1,bias=False); s.o=nn.Linear(6,2)
    def forward(s,x):
        y,(h,c)=s.r(x); q=h[-1].unsqueeze(1).repeat(1,x.size(1),1)
        w=torch.softmax(s.v(torch.tanh(s.a(torch.cat([q,y],2)))).squeeze(2),1)
        return s.o(torch.bmm(w.unsqueeze(1),y).squeeze(1))
class AddPair(nn.Module):
    def __init__(s): super().__init__(); s.r=nn.LSTM(3,6,batch_first=True); s.W=nn.Linear(6,4); s.U=nn.Linear(6,4); s.v=nn.Linear(4,1); s.o=nn.Linear(6,2)
    def forward(s,x):
        y,_=s.r(x)
        e=s.v(torch.tanh(s.W(y).unsqueeze(2)+s.U(y).unsqueeze(1))).squeeze(3)
        return s.o(torch.softmax(e,-1)@y)
@model
def mha_weights(): return Wrap(dict(r=nn.LSTM(3,8,batch_first=True),a=nn.MultiheadAttention(8,2,batch_first=True),o=nn.Linear(8,2)),lambda m,x:(lambda y:(lambda z,w:(m['o'](z[:,-1]),w))(*m['a'](y,y,y)))(m['r'](x)[0])),[X(2,5,3)]
@model
def bahdanau_concat(): return BahdanauConcat(),[X(2,5,3)]
@model
def additive_pairs(): return AddPair(),[X(2,5,3)]
@model
def conv_pool_ceil(): return Wrap(dict(c=nn.Sequential(nn.Conv1d(3,8,3,stride=2),nn.PReLU(8),nn.MaxPool1d(3,2,1,ceil_mode=True)),r=nn.GRU(8,6,batch_first=True),o=nn.Linear(6,2)),lambda m,x:m['o'](m['r'](m['c'](x.transpose(1,2)).transpose(1,2))[0][:,-1])),[X(2,16,3)]
@model
def conv_avg(): return Wrap(dict(c=nn.Sequential(nn.Conv1d(3,8,5,padding='same'),nn.ELU(),nn.AvgPool1d(3,1,1)),r=nn.GRU(8,6,batch_first=True)),lambda m,x:m['r'](m['c'](x.transpose(1,2)).transpose(1,2))[0]),[X(2,8,3)]
@model
def conv_avg_stride(): return Wrap(dict(c=nn.Sequential(nn.Conv1d(3,8,4,padding=2,dilation=2),nn.GELU(),nn.AvgPool1d(4,2,1,count_include_pad=False)),r=nn.GRU(8,6,batch_first=True)),lambda m,x:m['r'](m['c'](x.transpose(1,2)).transpose(1,2))[0]),[X(2,12,3)]
@model
def emb_masked_mean():
    def f(m,x):
        y=m['r'](m['e'](x))[0]; k=(x!=0).unsqueeze(-1).float()
        return m['o']((y*k).sum(1)/k.sum(1).clamp(min=1))
    return Wrap(dict(e=nn.Embedding(20,5,padding_idx=0),r=nn.GRU(5,6,batch_first=True),o=nn.Linear(6,3)),f),[I(0,20,(2,7))]
@model
def argmax_out(): return Wrap(dict(r=nn.LSTM(3,6,batch_first=True),o=nn.Linear(6,4)),lambda m,x:(lambda y:(torch.softmax(y,-1),y.argmax(-1)))(m['o'](m['r'](x)[0]))),[X(2,5,3)]
@model
def autoencoder():
    class L(nn.Module):
        def __init__(s): super().__init__(); s.e=nn.LSTM(3,6,batch_first=True); s.d=nn.LSTM(6,6,batch_first=True); s.o=nn.Linear(6,3)
        def forward(s,x): _,(h,_)=s.e(x); return s.o(s.d(h[-1].unsqueeze(1).repeat(1,x.shape[1],1))[0])
    return L(),[X(2,5,3)]
@model
def cell_loop():
    class L(nn.Module):
        def __init__(s): super().__init__(); s.c=nn.LSTMCell(3,6); s.o=nn.Linear(6,2)
        def forward(s,x):
            h=torch.zeros(x.size(0),6); c=h
            for t in range(4): h,c=s.c(x[:,t],(h,c))
            return s.o(h)
    return L(),[X(2,4,3)]
@model
def groupnorm(): return Wrap(dict(c=nn.Sequential(nn.Conv1d(3,8,3,padding=1),nn.GroupNorm(2,8),nn.Hardswish()),r=nn.LSTM(8,4,batch_first=True)),lambda m,x:m['r'](m['c'](x.transpose(1,2)).transpose(1,2))[0]),[X(2,8,3)]
@model
def instnorm(): return Wrap(dict(c=nn.Sequential(nn.Conv1d(3,8,3,padding=1),nn.InstanceNorm1d(8,affine=True),nn.ReLU6()),r=nn.LSTM(8,4,batch_first=True)),lambda m,x:m['r'](m['c'](x.transpose(1,2)).transpose(1,2))[0]),[X(2,8,3)]
@model
def onehot():
    return Wrap(dict(r=nn.LSTM(6,5,batch_first=True)),lambda m,x:m['r'](F.one_hot(x,6).float())[0]),[I(0,6,(2,5))]
@model
def transformer(): return Wrap(dict(i=nn.Linear(3,8),t=nn.TransformerEncoderLayer(8,2,16,batch_first=True,dropout=0.),r=nn.LSTM(8,4,batch_first=True)),lambda m,x:m['r'](m['t'](m['i'](x)))[0][:,-1]),[X(2,5,3)]
@model
def outer(): return Wrap(dict(r=nn.LSTM(3,6,batch_first=True)),lambda m,x:(lambda h:h.unsqueeze(2)*h.unsqueeze(1))(m['r'](x)[0][:,-1])),[X(2,5,3)]
names=list(M); ok=0
for name in names:
    for new in (False,True):
        if which!='both' and new!=(which=='new'): continue
        for dyn in (False,True):
            torch.manual_seed(3); mod,args=M[name](); mod=mod.eval()
            opset=random.Random(name+str(dyn)).choice([11,13,14,17]) if not new else random.Random(name+str(dyn)).choice([18,20,21,23])
            d=f'{out}/{name}_{"new" if new else "old"}_{"dyn" if dyn else "fix"}'; os.makedirs(d+'/test_data_set_0',exist_ok=True)
            ins=[f'in{i}' for i in range(len(args))]
            try:
                with torch.no_grad():
                    y=mod(*args); y=y if isinstance(y,tuple) else (y,)
                    outs=[f'out{i}' for i in range(len(y))]; kw={}
                    if dyn:
                        seq=[{0:'batch',1:'time%d'%i} if a.dim()>1 and not name in('streaming',) or (name=='streaming' and i==0) else ({1:'batch'} if a.dim()==3 else {0:'batch'}) for i,a in enumerate(args)]
                        fixed={'flatten_all','cell_loop','horizon_viewX','conv2d_trick'}
                        if name in fixed: seq=[{0:'batch'} for _ in args]
                        if name=='grucell' or name=='cnn_static_cat': seq=[{0:'batch',**({1:'time'} if a.dim()==3 else {})} for a in args]
                        if name in('cosine',): seq=[{0:'batch',1:'time'}]*2
                        if name=='multi_emb' or name in('where_mask','masked_attention'): seq=[{0:'batch',1:'time'}]*2
                        if name=='unbatched_states': seq=[{0:'time',1:'batch'}]
                        if not new: kw['dynamic_axes']=dict(zip(ins,seq))
                        else: kw['dynamic_shapes']=({'a':tuple({k:torch.export.Dim.DYNAMIC for k in s} for s in seq)} if False else tuple({k:torch.export.Dim.DYNAMIC for k in s} for s in seq))
                        if new and isinstance(mod,Wrap): kw['dynamic_shapes']=(kw['dynamic_shapes'],)
                    torch.onnx.export(mod,tuple(args),d+'/model.onnx',input_names=ins,output_names=outs,opset_version=opset,dynamo=new,external_data=False,verbose=False,**kw)
            except Exception as e:
                print('EXPORT',name,new,dyn,type(e).__name__,str(e)[:150].replace('\n',' ')); os.system(f'rm -rf {d}'); continue
            try:
                so=ort.SessionOptions(); so.log_severity_level=4
                s=ort.InferenceSession(d+'/model.onnx',so); feed={i.name:a.numpy() for i,a in zip(s.get_inputs(),args)}
                if len(s.get_inputs())!=len(args): feed={k:a.numpy() for k,a in zip(ins,args) if k in {i.name for i in s.get_inputs()}}
                r=s.run(None,feed); err=max(float(np.abs(a.astype(float)-b.numpy().astype(float)).max()) for a,b in zip(r,y))
            except Exception as e: err='ORT '+str(e)[:80]
            m=onnx.load(d+'/model.onnx'); inn={i.name for i in m.graph.input}; init={i.name for i in m.graph.initializer}
            k=0
            for i,a in enumerate(args):
                if ins[i] in inn: open(f'{d}/test_data_set_0/input_{k}.pb','wb').write(NH.from_array(a.numpy(),ins[i]).SerializeToString()); k+=1
            for i,a in enumerate(y): open(f'{d}/test_data_set_0/output_{i}.pb','wb').write(NH.from_array(a.numpy(),outs[i]).SerializeToString())
            open(d+'/desc.txt','w').write(f'{name} opset {opset} dyn {dyn} new {new} ort_err {err}\n'); ok+=1
print('made',ok)
