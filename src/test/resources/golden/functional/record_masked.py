# Records masked.keras and masked.npz: a trained functional model with masks, for which Keras lists
# operations among the layers (NotEqual, Any, …), and hands them to layers as mask=….
# Keras 3.15.1 on torch 2.13, Python 3.11, 2026-11-29.
#   KERAS_BACKEND=torch python record_masked.py
import keras
import numpy as np
from keras import layers as L
keras.utils.set_random_seed(1)
q=L.Input((5,),name="q"); a=L.Input((4,3),name="a")
e=L.Embedding(9,3,mask_zero=True,name="emb")(q); o,h,c=L.LSTM(4,return_state=True,name="enc")(e)
m=L.Masking(0.0,name="mask")(a); d=L.LSTM(4,return_sequences=True,name="dec")(m,initial_state=[h,c])
b=L.Bidirectional(L.GRU(2,return_sequences=True),name="bi")(d); t=L.TimeDistributed(L.Dense(2),name="td")(b)
e2=L.Embedding(9,3,mask_zero=True,name="emb2")(q); s=L.Add(name="plus")([e,e2]); g=L.GRU(3,name="g")(s); cc=L.Concatenate(name="cat")([e,e2]); g2=L.GRU(3,name="g2")(L.Dropout(.2)(cc))
M=keras.Model([q,a],[L.Dense(1,name="y1")(o),L.Dense(2,name="y2")(t),g,g2],name="masked")
M.compile("adam",loss={"y1":"mse","y2":"mae","g":None,"g2":"mse"},loss_weights={"y1":1.,"y2":.5,"g":1.,"g2":2.},metrics={"y1":["mae"]},weighted_metrics={"y2":["mse"]})
Q=np.random.randint(0,9,(6,5)).astype("float32"); A=np.random.rand(6,4,3).astype("float32"); A[:3,2:]=0
Y=[np.zeros((6,1)),np.zeros((6,4,2)),np.zeros((6,3)),np.zeros((6,3))]
M.fit([Q,A],Y,verbose=0)
M.save("masked.keras"); 
np.savez("masked.npz",x0=Q,x1=A,**{f"y{i}":y for i,y in enumerate(M.predict([Q,A],verbose=0))})
