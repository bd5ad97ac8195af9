"""Networks of PyTorch as ONNX: python torch_models.py old|new.
PyTorch 2.13, onnxscript, onnx 1.23.1; 2026-11-29."""
import torch, torch.nn as nn, numpy as np, onnx, os, sys, shutil, warnings, logging
warnings.filterwarnings('ignore'); logging.disable(logging.CRITICAL)
from onnx import numpy_helper as nh
import onnxruntime as ort
dyn_mode=sys.argv[1]; OUT='cases/torch_'+dyn_mode  # zipped with the others as cases.zip
torch.manual_seed(3)
class M(nn.Module):
    def __init__(s,kind='LSTM',layers=1,bi=False,bf=True,head='last',proj=0,drop=0.,state=False,emb=0,conv=False,norm=None,I=3,H=4):
        super().__init__(); s.head=head; s.state=state; s.bf=bf
        s.emb=nn.Embedding(emb,I) if emb else None
        s.conv=nn.Conv1d(I,5,3,padding=1) if conv else None
        s.rnn=getattr(nn,kind)(5 if conv else I,H,num_layers=layers,bidirectional=bi,batch_first=bf,dropout=drop,**({'proj_size':proj} if proj else {}))
        w=(proj or H)*(2 if bi else 1)
        s.ln=nn.LayerNorm(w) if norm=='ln' else nn.BatchNorm1d(w) if norm=='bn' else None
        s.fc=nn.Linear(w,2)
    def forward(s,x,h=None,c=None):
        if s.emb is not None: x=s.emb(x)
        if s.conv is not None: x=torch.relu(s.conv(x.transpose(1,2))).transpose(1,2)
        st=None
        if h is not None: st=(h,c) if c is not None else h
        y,hc=s.rnn(x,st)
        if s.head=='raw': return (y,)+(hc if isinstance(hc,tuple) else (hc,))
        if s.head=='last': z=y[:,-1] if s.bf else y[-1]
        elif s.head=='hn': z=(hc[0] if isinstance(hc,tuple) else hc)[-1]
        elif s.head=='hcat': hh=(hc[0] if isinstance(hc,tuple) else hc); z=torch.cat([hh[-2],hh[-1]],1)
        elif s.head=='mean': z=y.mean(1)
        elif s.head=='max': z=y.max(1)[0] if False else torch.amax(y,1)
        elif s.head=='seq': z=y
        elif s.head=='flat': z=None
        if s.ln is not None: z=s.ln(z)
        if s.head=='seq': return torch.log_softmax(s.fc(z),-1)
        return torch.softmax(s.fc(z),1)
class Attn(nn.Module):
    def __init__(s):
        super().__init__(); s.rnn=nn.LSTM(3,4,batch_first=True,bidirectional=True); s.a=nn.Linear(8,1); s.fc=nn.Linear(8,2)
    def forward(s,x):
        y,_=s.rnn(x); w=torch.softmax(s.a(y),1); return s.fc((w*y).sum(1))
class FlatM(nn.Module):
    def __init__(s):
        super().__init__(); s.rnn=nn.GRU(3,4,batch_first=True); s.fc=nn.Sequential(nn.Flatten(),nn.Linear(24,5),nn.ReLU(),nn.Dropout(.3),nn.Linear(5,1))
    def forward(s,x): return s.fc(s.rnn(x)[0])
class Conv(nn.Module):
    def __init__(s):
        super().__init__(); s.c=nn.Sequential(nn.Conv1d(3,4,3,stride=1,padding='same'),nn.BatchNorm1d(4),nn.ReLU(),nn.MaxPool1d(2),nn.Conv1d(4,5,2,dilation=1)); s.rnn=nn.LSTM(5,3,batch_first=True); s.fc=nn.Linear(3,1)
    def forward(s,x):
        z=s.c(x.permute(0,2,1)).permute(0,2,1); y,(h,c)=s.rnn(z); return torch.sigmoid(s.fc(h.squeeze(0)))
class Zero(nn.Module):
    def __init__(s): super().__init__(); s.l=nn.LSTM(3,4,2,batch_first=True); s.f=nn.Linear(4,1)
    def forward(s,x):
        h0=torch.zeros(2,x.size(0),4); c0=torch.zeros(2,x.size(0),4); o,_=s.l(x,(h0,c0)); return s.f(o[:,-1,:])
class Enc(nn.Module):
    def __init__(s): super().__init__(); s.e=nn.LSTM(3,4,batch_first=True); s.d=nn.LSTM(4,3,batch_first=True); s.o=nn.Linear(3,3)
    def forward(s,x):
        _,(h,_)=s.e(x); z=h[-1].unsqueeze(1).repeat(1,6,1); y,_=s.d(z); return s.o(y)
class Two(nn.Module):
    def __init__(s): super().__init__(); s.a=nn.LSTM(3,4,batch_first=True); s.f=nn.Linear(6,2)
    def forward(s,x,z):
        y,_=s.a(x); return s.f(torch.cat([y[:,-1],z],1)), torch.tanh(y)
class Res(nn.Module):
    def __init__(s): super().__init__(); s.a=nn.GRU(4,4,batch_first=True); s.n=nn.LayerNorm(4); s.f=nn.Linear(4,2); s.g=nn.GELU()
    def forward(s,x):
        y,_=s.a(x); return s.f(s.g(s.n(x+y)))[:, -1]
class Learned(nn.Module):
    def __init__(s): super().__init__(); s.l=nn.LSTM(3,4); s.h=nn.Parameter(torch.randn(1,1,4)); s.c=nn.Parameter(torch.randn(1,1,4))
    def forward(s,x):
        b=x.size(1); return s.l(x,(s.h.expand(1,b,4).contiguous(),s.c.expand(1,b,4).contiguous()))[0]
B,T=2,6; x=torch.randn(B,T,3); xs=torch.randn(T,B,3)
cases={}
for k in('LSTM','GRU','RNN'):
    cases[f'{k}_raw']=(M(k,head='raw',bf=False),(xs,),'TB')
    cases[f'{k}_raw_bf2bi']=(M(k,2,True,True,'raw'),(x,),'BT')
    cases[f'{k}_last']=(M(k),(x,),'BT')
    cases[f'{k}_seq2']=(M(k,2,head='seq'),(x,),'BT')
    cases[f'{k}_hn']=(M(k,2,head='hn'),(x,),'BT')
    cases[f'{k}_hcat']=(M(k,1,True,head='hcat'),(x,),'BT')
cases|={'LSTM_states':(M('LSTM',2,False,True,'raw'),(x,torch.randn(2,B,4),torch.randn(2,B,4)),'BT'),
'LSTM_states1':(M('LSTM',1,False,False,'raw'),(xs,torch.randn(1,B,4),torch.randn(1,B,4)),'TB'),
'GRU_states_bi':(M('GRU',1,True,True,'raw'),(x,torch.randn(2,B,4)),'BT'),
'LSTM_mean':(M(head='mean'),(x,),'BT'),'LSTM_max':(M(head='max',bi=True),(x,),'BT'),
'LSTM_ln':(M(norm='ln'),(x,),'BT'),'LSTM_bn':(M(norm='bn',drop=.2,layers=2),(x,),'BT'),
'LSTM_conv':(M(conv=True),(x,),'BT'),'LSTM_emb':(M(emb=11),(torch.randint(0,11,(B,T)),),'BT'),'GRU_emb_seq':(M('GRU',emb=11,head='seq',bi=True),(torch.randint(0,11,(B,T)),),'BT'),
'LSTM_embT':(M(emb=11,bf=False),(torch.randint(0,11,(T,B)),),'TB'),
'attn':(Attn(),(x,),'BT'),'flat':(FlatM(),(x,),'B'),'convnet':(Conv(),(x,),'B'),'zero':(Zero(),(x,),'BT'),'encdec':(Enc(),(x,),'BT'),'two':(Two(),(x,torch.randn(B,2)),'BT'),'res':(Res(),(torch.randn(B,T,4),),'BT'),'learned':(Learned(),(xs,),'TB'),
'b1_last':(M(),(x[:1],),'BT'),'b1_raw2':(M('LSTM',2,True,False,'raw'),(xs[:,:1],),'TB'),'unbatched':(M(head='raw',bf=False),(xs[:,0],),''),
'rnn_relu':(nn.Sequential(),None,''),}
cases.pop('rnn_relu')
class RR(nn.Module):
    def __init__(s): super().__init__(); s.r=nn.RNN(3,4,nonlinearity='relu',batch_first=True)
    def forward(s,x): return s.r(x)[0]
cases['rnn_relu']=(RR(),(x,),'BT')
class ML(nn.Module):
    def __init__(s): super().__init__(); s.f=nn.Sequential(nn.Linear(4,5),nn.LeakyReLU(.1),nn.Linear(5,3),nn.ELU(),nn.Linear(3,2),nn.Hardtanh(-1,1))
    def forward(s,x): return s.f(x)
cases['mlp']=(ML(),(torch.randn(3,4),),'B')
def go(name,m,args,axes,dyn,opset):
    m.eval(); n=name+('_dyn' if dyn else '')+f'_o{opset}'
    d=f'{OUT}/{n}'; os.makedirs(d+'/test_data_set_0',exist_ok=True)
    ins=[f'in{i}' for i in range(len(args))]
    kw={}
    if dyn_mode=='old':
        if dyn:
            da={'in0':{i:{'B':'batch','T':'time'}[c] for i,c in enumerate(axes)}}
            for i in range(1,len(args)): da[f'in{i}']={1 if args[i].dim()==3 else 0:'batch'}
            kw['dynamic_axes']=da
        kw['dynamo']=False
    else:
        kw['dynamo']=True; kw['verbose']=False
        if dyn:
            bd=torch.export.Dim('batch',min=2,max=1000); td=torch.export.Dim('time',min=2,max=1000)
            ds=[{i:(bd if c=='B' else td) for i,c in enumerate(axes)}]
            for a in args[1:]: ds.append({1 if a.dim()==3 else 0:bd})
            kw['dynamic_shapes']=tuple(ds)
    try:
        with torch.no_grad(): y=m(*args)
        so=sys.stdout; sys.stdout=open(os.devnull,'w')
        try: torch.onnx.export(m,args,d+'/model.onnx',input_names=ins,opset_version=opset,**kw)
        finally: sys.stdout=so
    except Exception as e:
        print('EXPORT',n,str(e).replace('\n',' ')[:150]); shutil.rmtree(d); return
    mm=onnx.load(d+'/model.onnx')
    ys=y if isinstance(y,tuple) else (y,)
    for i,a in enumerate(args): open(f'{d}/test_data_set_0/input_{i}.pb','wb').write(nh.from_array(a.numpy(),ins[i]).SerializeToString())
    for i,a in enumerate(ys): open(f'{d}/test_data_set_0/output_{i}.pb','wb').write(nh.from_array(a.detach().numpy(),mm.graph.output[i].name).SerializeToString())
if dyn_mode=='old':
    for n,(m,a,ax) in cases.items():
        for dyn in (0,1):
            for o in ((13,) if dyn else (9,17)):
                if dyn and not ax: continue
                go(n,m,a,ax,dyn,o)
else:
    for n,(m,a,ax) in cases.items():
        for dyn in (0,1):
            if dyn and (not ax or n.startswith('b1')): continue
            go(n,m,a,ax,dyn,18)
print('done')
