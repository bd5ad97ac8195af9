"""Files as Keras 1.2.2, 2.0.8, 2.2.4 and tf.keras 2.4 - 2.15 lay them out, and what they predict.

Those versions do not run on today's Python. So each file is written with h5py by the rules of their
source (save_model and get_config of keras-team/keras at 1.2.2, 2.0.8, 2.2.4 and 2.15.0), and the
expected numbers come from layers of Keras 3 that are set to the same formulas, with the same weights:
hard_sigmoid is clip(0.2x + 0.5, 0, 1). python3 record_legacy.py writes cases.zip.

Recorded 2026-11-29 with Keras 3.15.1 on PyTorch 2.13.0, h5py 3.16, numpy 2.
"""
import io, json, os, zipfile
os.environ["KERAS_BACKEND"] = "torch"
import h5py
import keras
import numpy as np
from keras import layers as L, ops

@keras.saving.register_keras_serializable()
def hs(x):
    return ops.clip(0.2 * x + 0.5, 0.0, 1.0)

rng = np.random.RandomState(7)
files, expected = {}, {}

# ------------------------------------------------------------------ arrays, the other way round
def split_lstm(w):
    k, r, b = [np.split(a, 4, -1) for a in w]
    return [a for g in (0, 2, 1, 3) for a in (k[g], r[g], b[g])]   # i, c, f, o

def split_gru(w):
    k, r, b = [np.split(a, 3, -1) for a in w]
    return [a for g in range(3) for a in (k[g], r[g], b[g])]

def to_cudnn(w, gates):
    k = np.hstack([a.T.reshape(a.shape, order="C") for a in np.hsplit(w[0], gates)])
    r = np.hstack([a.T for a in np.hsplit(w[1], gates)])
    if gates == 3:
        return [k, r, w[2].reshape(-1)]
    half = rng.uniform(-.5, .5, w[2].shape).astype("f")
    return [k, r, np.concatenate([half, w[2] - half])]

# ------------------------------------------------------------------ files
def save(name, version, backend, config, layers, x, y, names=None, training=None, optimizer=None,
         split=False, fixed=True, weights_only=False, note=None):
    """layers: [(name, [(weight name, array)])]"""
    out = io.BytesIO()
    text = (lambda s: np.bytes_(s)) if fixed else (lambda s: s)
    with h5py.File(out, "w") as f:
        g = f
        if not weights_only:
            if version:
                f.attrs["keras_version"] = text(version)
            if backend:
                f.attrs["backend"] = text(backend)
            f.attrs["model_config"] = text(json.dumps(config))
            if training:
                f.attrs["training_config"] = text(json.dumps(training))
            g = f.create_group("model_weights")
        if version and not version.startswith("1"):
            g.attrs["keras_version"] = text(version)
            g.attrs["backend"] = text(backend)
        put(g, "layer_names", [n for n, _ in layers], split, fixed)
        for layer, weights in layers:
            lg = g.create_group(layer)
            put(lg, "weight_names", [n for n, _ in weights], split, fixed)
            for n, a in weights:
                lg[n] = np.asarray(a, "f")
        if optimizer:
            og = f.create_group("optimizer_weights")
            put(og, "weight_names", [n for n, _ in optimizer], False, fixed)
            for n, a in optimizer:
                og[n] = a
    files[name + ".h5"] = out.getvalue()
    one = lambda a: {"shape": list(a.shape), "data": [round(float(v), 9) for v in np.asarray(a, "f8").ravel()]}
    expected[name] = {"keras_version": version, "inputs": [one(a) for a in (x if isinstance(x, list) else [x])],
                      "output": one(np.asarray(y))}
    if weights_only:
        expected[name]["config"] = config

def put(g, name, values, split, fixed):
    data = [v.encode() for v in values] if fixed else values
    if split and len(data) > 1:
        for i, part in enumerate(np.array_split(np.asarray(data), 2)):
            g.attrs[name + str(i)] = part
    else:
        g.attrs[name] = data if data else []

def randomise(model):
    for w in model.weights:
        if "seed" in w.path:
            continue
        v = rng.uniform(-.7, .7, w.shape).astype("f")
        if "variance" in w.path:
            v = np.abs(v) + .3
        w.assign(v)

def predict(model, x):
    return np.asarray(model.predict(x, verbose=0, batch_size=64))

def data(*shape):
    return rng.uniform(-1.5, 1.5, shape).astype("f")

# ------------------------------------------------------------------ Keras 1.2.2
def k1(cls, name, **c):
    return {"class_name": cls, "config": dict(name=name, trainable=True, **c)}

def k1rnn(cls, name, units, seq=False, **c):
    base = dict(return_sequences=seq, go_backwards=False, stateful=False, unroll=False,
                consume_less="cpu", input_dim=None, input_length=None, output_dim=units,
                init="glorot_uniform", inner_init="orthogonal", activation="tanh",
                W_regularizer={"name": "WeightRegularizer", "l1": 0.0, "l2": 0.01}, U_regularizer=None,
                b_regularizer=None, dropout_W=0.1, dropout_U=0.0)
    if cls != "SimpleRNN":
        base["inner_activation"] = "hard_sigmoid"
    if cls == "LSTM":
        base["forget_bias_init"] = "one"
    base.update(c)
    return k1(cls, name, **base)

def k1dense(name, units, cls="Dense", **c):
    base = dict(W_constraint=None, b_constraint=None, activity_regularizer=None, init="glorot_uniform", bias=True,
                input_dim=None, b_regularizer=None, W_regularizer=None, activation="linear", output_dim=units)
    base.update(c)
    return k1(cls, name, **base)

def named(layer, suffixes, arrays, colon=True):
    return (layer, [(layer + "_" + s + (":0" if colon else ""), a) for s, a in zip(suffixes, arrays)])

LSTM12 = [k + "_" + g for g in "icfo" for k in "WUb"]
GRU9 = [k + "_" + g for g in "zrh" for k in "WUb"]

# embedding, LSTM of twelve arrays, GRU of nine, Dense
m = keras.Sequential([keras.Input((6,)), L.Embedding(11, 4, mask_zero=True),
                      L.LSTM(5, recurrent_activation=hs, return_sequences=True),
                      L.GRU(3, recurrent_activation=hs, reset_after=False), L.Dense(2, activation="softmax")])
randomise(m)
x = rng.randint(0, 11, (4, 6)).astype("f"); x[:, :1] += 1; x %= 11
e, l, g, d = [a.get_weights() for a in m.layers]
save("k1_embedding_lstm_gru", "1.2.2", None,
     {"class_name": "Sequential", "config": [
         k1("Embedding", "embedding_1", batch_input_shape=[None, 6], input_dtype="int32", input_dim=11, output_dim=4,
            init="uniform", input_length=6, mask_zero=True, activity_regularizer=None, W_regularizer=None,
            W_constraint=None, dropout=0.2),
         k1rnn("LSTM", "lstm_1", 5, True), k1("Dropout", "dropout_1", p=0.3),
         k1rnn("GRU", "gru_1", 3), k1dense("dense_1", 2),
         k1("Activation", "activation_1", activation="softmax")]},
     [named("embedding_1", ["W"], e), named("lstm_1", LSTM12, split_lstm(l)), ("dropout_1", []),
      named("gru_1", GRU9, split_gru(g)), named("dense_1", ["W", "b"], d), ("activation_1", [])], x, predict(m, x))

# both directions, time distributed, batch normalization, fused arrays of consume_less gpu
m = keras.Sequential([keras.Input((5, 3)), L.Bidirectional(L.LSTM(4, recurrent_activation=hs, return_sequences=True), merge_mode="sum"),
                      L.BatchNormalization(epsilon=1e-5), L.TimeDistributed(L.Dense(3, activation="relu")),
                      L.LSTM(3, recurrent_activation=hs, go_backwards=True, return_sequences=True), L.Dense(2), L.SimpleRNN(2)])
randomise(m)
x = data(4, 5, 3)
b, n, t, l, d, s = [a.get_weights() for a in m.layers]
save("k1_bidirectional_gpu", "1.1.1", None,
     {"class_name": "Sequential", "config": [
         k1("Bidirectional", "bidirectional_1", batch_input_shape=[None, 5, 3], input_dtype="float32", merge_mode="sum",
            layer=k1rnn("LSTM", "lstm_1", 4, True, input_dim=3)),
         k1("BatchNormalization", "batchnormalization_1", epsilon=1e-5, mode=0, axis=-1, momentum=0.99,
            gamma_regularizer=None, beta_regularizer=None),
         k1("TimeDistributed", "timedistributed_1", layer=k1dense("dense_1", 3, activation="relu")),
         k1rnn("LSTM", "lstm_2", 3, True, go_backwards=True, consume_less="gpu", forget_bias_init="zero"),
         k1dense("timedistributeddense_1", 2, "TimeDistributedDense", input_length=None),
         k1rnn("SimpleRNN", "simplernn_1", 2)]},
     [("bidirectional_1", [("lstm_1_" + dr + w + ":0", a) for dr, half in (("", b[:3]), ("b_", b[3:]))
                           for w, a in zip(LSTM12, split_lstm(half))]),
      named("batchnormalization_1", ["gamma", "beta", "running_mean", "running_std"], n),
      named("timedistributed_1", ["W", "b"], t), named("lstm_2", ["W", "U", "b"], l),
      named("timedistributeddense_1", ["W", "b"], d), named("simplernn_1", ["W", "U", "b"], s)], x, predict(m, x))

# convolutions, of Theano (no ":0" in names, kernels turned round) and of TensorFlow; no version in the file
for backend in ("theano", "tensorflow"):
    m = keras.Sequential([keras.Input((9, 3)), L.Conv1D(4, 3, padding="same", activation="relu"), L.MaxPooling1D(2),
                          L.Conv1D(2, 2, strides=1), L.UpSampling1D(2), L.ZeroPadding1D(1), L.LSTM(3, recurrent_activation=hs), L.Dense(1)])
    randomise(m)
    x = data(3, 9, 3)
    c1, c2, l, d = [a.get_weights() for a in m.layers if a.weights]
    th = backend == "theano"
    kernel = lambda k: (k[::-1] if th else k)
    c1 = [kernel(c1[0])[:, None], c1[1]]
    c2 = [kernel(c2[0])[:, None].transpose(3, 2, 0, 1), c2[1]]       # the older order
    conv = dict(init="glorot_uniform", W_regularizer=None, b_regularizer=None, activity_regularizer=None, W_constraint=None,
                b_constraint=None, bias=True, input_length=None, input_dim=None)
    save("k1_conv_" + backend, None, None,
         {"class_name": "Sequential", "config": [
             k1("Convolution1D", "convolution1d_1", batch_input_shape=[None, 9, 3], input_dtype="float32", nb_filter=4,
                filter_length=3, activation="relu", border_mode="same", subsample_length=1, **conv),
             k1("MaxPooling1D", "maxpooling1d_1", stride=2, pool_length=2, border_mode="valid"),
             k1("Convolution1D", "convolution1d_2", nb_filter=2, filter_length=2, activation="linear", border_mode="valid",
                subsample_length=1, **conv),
             k1("UpSampling1D", "upsampling1d_1", length=2),
             k1("ZeroPadding1D", "zeropadding1d_1", padding={"left_pad": 1, "right_pad": 1}),
             k1rnn("LSTM", "lstm_1", 3), k1dense("dense_1", 1)]},
         [named("convolution1d_1", ["W", "b"], c1, not th), ("maxpooling1d_1", []), named("convolution1d_2", ["W", "b"], c2, not th),
          ("upsampling1d_1", []), ("zeropadding1d_1", []), named("lstm_1", LSTM12, split_lstm(l), not th),
          named("dense_1", ["W", "b"], d, not th)], x, predict(m, x))

# a Sequential that begins with a Merge
i1, i2 = keras.Input((4, 2)), keras.Input((3,))
ll, dd, dm = L.LSTM(3, recurrent_activation=hs), L.Dense(2, activation="tanh"), L.Dense(2)
m = keras.Model([i1, i2], dm(L.Concatenate()([ll(i1), dd(i2)])))
randomise(m)
x = [data(3, 4, 2), data(3, 3)]
merge = dict(mode="concat", mode_type="raw", concat_axis=-1, dot_axes=-1, output_shape=None, output_shape_type="raw",
             output_mask=None, output_mask_type="raw", arguments={})
save("k1_merge_sequential", "1.2.2", None,
     {"class_name": "Sequential", "config": [
         {"class_name": "Merge", "config": dict(name="merge_1", layers=[
             {"class_name": "Sequential", "config": [k1rnn("LSTM", "lstm_1", 3, batch_input_shape=[None, 4, 2], input_dtype="float32")]},
             {"class_name": "Sequential", "config": [k1dense("dense_1", 2, activation="tanh", batch_input_shape=[None, 3], input_dtype="float32")]}], **merge)},
         k1dense("dense_2", 2)]},
     [named("lstm_1", LSTM12, split_lstm(ll.get_weights())), named("dense_1", ["W", "b"], dd.get_weights()),
      ("merge_1", []), named("dense_2", ["W", "b"], dm.get_weights())], x, predict(m, x))

# a functional model with merges, and a nested model
i1 = keras.Input((4, 2)); ll = L.LSTM(3, recurrent_activation=hs); d1 = L.Dense(3); d2 = L.Dense(1)
h = ll(i1); h2 = d1(h)
m = keras.Model(i1, d2(L.Multiply()([h, h2]))); randomise(m); x = data(3, 4, 2)
save("k1_merge_functional", "1.2.0", None,
     {"class_name": "Model", "config": {"name": "model_1", "layers": [
         {"class_name": "InputLayer", "name": "input_1", "inbound_nodes": [],
          "config": {"name": "input_1", "batch_input_shape": [None, 4, 2], "input_dtype": "float32", "sparse": False}},
         dict(k1rnn("LSTM", "lstm_1", 3, input_dim=2), name="lstm_1", inbound_nodes=[[["input_1", 0, 0]]]),
         {"class_name": "Sequential", "name": "sequential_1", "inbound_nodes": [[["lstm_1", 0, 0]]],
          "config": [k1dense("dense_1", 3, batch_input_shape=[None, 3], input_dtype="float32", input_dim=3)]},
         {"class_name": "Merge", "name": "merge_1", "inbound_nodes": [[["lstm_1", 0, 0], ["sequential_1", 1, 0]]],
          "config": dict(name="merge_1", **dict(merge, mode="mul"))},
         dict(k1dense("dense_2", 1), name="dense_2", inbound_nodes=[[["merge_1", 0, 0]]])],
         "input_layers": [["input_1", 0, 0]], "output_layers": [["dense_2", 0, 0]]}},
     [("input_1", []), named("lstm_1", LSTM12, split_lstm(ll.get_weights())),
      ("sequential_1", [("dense_1_W:0", d1.get_weights()[0]), ("dense_1_b:0", d1.get_weights()[1])]), ("merge_1", []),
      named("dense_2", ["W", "b"], d2.get_weights())], x, predict(m, x))

# ------------------------------------------------------------------ Keras 2
VS = lambda d="uniform": {"class_name": "VarianceScaling", "config": {"scale": 1.0, "mode": "fan_avg", "distribution": d, "seed": None}}
OR = {"class_name": "Orthogonal", "config": {"gain": 1.0, "seed": None}}
Z = {"class_name": "Zeros", "config": {}}

def k2(cls, name, **c):
    return {"class_name": cls, "config": dict(name=name, trainable=c.pop("trainable", True), **c)}

def k2rnn(cls, name, units, seq=False, **c):
    base = dict(return_sequences=seq, return_state=False, go_backwards=False, stateful=False, unroll=False, units=units,
                activation="tanh", use_bias=True, kernel_initializer=VS(), recurrent_initializer=OR, bias_initializer=Z,
                kernel_regularizer={"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.009999999776482582}},
                recurrent_regularizer=None, bias_regularizer=None, activity_regularizer=None,
                kernel_constraint={"class_name": "MaxNorm", "config": {"max_value": 9, "axis": 0}}, recurrent_constraint=None,
                bias_constraint=None)
    if not cls.startswith("CuDNN"):
        base.update(dropout=0.1, recurrent_dropout=0.0, implementation=1)
        if cls != "SimpleRNN":
            base["recurrent_activation"] = "hard_sigmoid"
    if cls.endswith("LSTM"):
        base["unit_forget_bias"] = True
    base.update(c)
    return k2(cls, name, **base)

def k2dense(name, units, **c):
    base = dict(units=units, activation="linear", use_bias=True, kernel_initializer=VS("normal"), bias_initializer=Z,
                kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, bias_constraint=None)
    base.update(c)
    return k2("Dense", name, **base)

def v(layer, names, arrays):
    return (layer, [(layer + "/" + n + ":0", a) for n, a in zip(names, arrays)])

KRB, KB = ["kernel", "recurrent_kernel", "bias"], ["kernel", "bias"]
BN = ["gamma", "beta", "moving_mean", "moving_variance"]

# CuDNN layers, leaky relu of a number that was an array, axis of batch normalization
m = keras.Sequential([keras.Input((5, 3)), L.LSTM(4, return_sequences=True), L.LeakyReLU(0.25), L.GRU(3, return_sequences=True),
                      L.BatchNormalization(), L.Bidirectional(L.LSTM(2)), L.Dense(2, activation=hs)])
randomise(m); x = data(4, 5, 3)
l, g, n, b, d = [a.get_weights() for a in m.layers if a.weights]
fw, bw = to_cudnn(b[:3], 4), to_cudnn(b[3:], 4)
save("k2_cudnn", "2.2.4", "tensorflow",
     {"class_name": "Sequential", "config": {"name": "sequential_1", "layers": [
         k2rnn("CuDNNLSTM", "cu_dnnlstm_1", 4, True, batch_input_shape=[None, 5, 3], dtype="float32"),
         k2("LeakyReLU", "leaky_re_lu_1", alpha={"type": "ndarray", "value": 0.25}),
         k2rnn("CuDNNGRU", "cu_dnngru_1", 3, True),
         k2("BatchNormalization", "batch_normalization_1", axis=-1, momentum=0.99, epsilon=0.001, center=True, scale=True,
            beta_initializer=Z, gamma_initializer={"class_name": "Ones", "config": {}}, moving_mean_initializer=Z,
            moving_variance_initializer={"class_name": "Ones", "config": {}}, beta_regularizer=None, gamma_regularizer=None,
            beta_constraint=None, gamma_constraint=None),
         k2("Bidirectional", "bidirectional_1", layer=k2rnn("CuDNNLSTM", "cu_dnnlstm_2", 2), merge_mode="concat"),
         k2dense("dense_1", 2, activation="hard_sigmoid")]}},
     [v("cu_dnnlstm_1", KRB, to_cudnn(l, 4)), ("leaky_re_lu_1", []), v("cu_dnngru_1", KRB, to_cudnn(g, 3)),
      v("batch_normalization_1", BN, n),
      ("bidirectional_1", [("bidirectional_1/" + s + "_cu_dnnlstm_2/" + w + ":0", a) for s, part in (("forward", fw), ("backward", bw)) for w, a in zip(KRB, part)]),
      v("dense_1", KB, d)], x, predict(m, x), fixed=False)

# a functional model: initial states, return_state, two inputs; a nested model with a frozen layer and moving averages
i1, i2 = keras.Input((5, 3)), keras.Input((4, 3))
enc = L.LSTM(4, recurrent_activation=hs, return_state=True); dec = L.LSTM(4, recurrent_activation=hs, return_sequences=True)
n1, nb, n2 = L.Dense(3), L.BatchNormalization(), L.Dense(2)
o, hh, cc = enc(i1); y = dec(i2, initial_state=[hh, cc]); y = n2(nb(n1(y)))
m = keras.Model([i1, i2], y); randomise(m); x = [data(3, 5, 3), data(3, 4, 3)]
bn = dict(axis=-1, momentum=0.99, epsilon=0.001, center=True, scale=True, beta_initializer=Z, gamma_initializer={"class_name": "Ones", "config": {}},
          moving_mean_initializer=Z, moving_variance_initializer={"class_name": "Ones", "config": {}}, beta_regularizer=None,
          gamma_regularizer=None, beta_constraint=None, gamma_constraint=None)
inp = lambda name, shape: {"class_name": "InputLayer", "name": name, "inbound_nodes": [],
                           "config": {"name": name, "batch_input_shape": shape, "dtype": "float32", "sparse": False}}
W = {k: a.get_weights() for k, a in dict(n1=n1, nb=nb, n2=n2).items()}
save("k2_seq2seq_nested", "2.1.6", "tensorflow",
     {"class_name": "Model", "config": {"name": "model_2", "layers": [
         inp("input_1", [None, 5, 3]), inp("input_2", [None, 4, 3]),
         dict(k2rnn("LSTM", "lstm_1", 4, return_state=True), name="lstm_1", inbound_nodes=[[["input_1", 0, 0, {}]]]),
         dict(k2rnn("LSTM", "lstm_2", 4, True), name="lstm_2",
              inbound_nodes=[[["input_2", 0, 0, {}], ["lstm_1", 0, 1, {}], ["lstm_1", 0, 2, {}]]]),
         {"class_name": "Model", "name": "model_1", "inbound_nodes": [[["lstm_2", 0, 0, {}]]],
          "config": {"name": "model_1", "layers": [
              inp("input_3", [None, 4, 4]),
              dict(k2dense("dense_1", 3, trainable=False), name="dense_1", inbound_nodes=[[["input_3", 0, 0, {}]]]),
              dict(k2("BatchNormalization", "batch_normalization_1", **bn), name="batch_normalization_1", inbound_nodes=[[["dense_1", 0, 0, {}]]]),
              dict(k2dense("dense_2", 2), name="dense_2", inbound_nodes=[[["batch_normalization_1", 0, 0, {}]]])],
              "input_layers": [["input_3", 0, 0]], "output_layers": [["dense_2", 0, 0]]}}],
         "input_layers": [["input_1", 0, 0], ["input_2", 0, 0]], "output_layers": [["model_1", 1, 0]]}},
     [("input_1", []), ("input_2", []), v("lstm_1", KRB, enc.get_weights()), v("lstm_2", KRB, dec.get_weights()),
      ("model_1", [("batch_normalization_1/gamma:0", W["nb"][0]), ("batch_normalization_1/beta:0", W["nb"][1]),
                   ("dense_2/kernel:0", W["n2"][0]), ("dense_2/bias:0", W["n2"][1]), ("dense_1/kernel:0", W["n1"][0]),
                   ("dense_1/bias:0", W["n1"][1]), ("batch_normalization_1/moving_mean:0", W["nb"][2]),
                   ("batch_normalization_1/moving_variance:0", W["nb"][3])])], x, predict(m, x), split=True)

# both directions over masked steps, where Keras 2 repeats what each gave last
i = keras.Input((6,)); emb = L.Embedding(9, 3, mask_zero=True)
f = L.LSTM(2, recurrent_activation=hs, return_sequences=True)
bk = L.LSTM(2, recurrent_activation=hs, return_sequences=True, go_backwards=True)
e = emb(i); d = L.Dense(2)
m = keras.Model(i, d(L.Concatenate()([f(e), keras.layers.Lambda(lambda t: ops.flip(t, 1), output_shape=(6, 2))(bk(e))])))
randomise(m); x = rng.randint(1, 9, (4, 6)).astype("f"); x[1, 3:] = 0; x[2, 0] = 0; x[3, 2] = 0
save("k2_bidirectional_masked", "2.2.2", "tensorflow",
     {"class_name": "Sequential", "config": [
         k2("Embedding", "embedding_1", batch_input_shape=[None, 6], dtype="int32", input_dim=9, output_dim=3, embeddings_initializer={"class_name": "RandomUniform", "config": {"minval": -0.05, "maxval": 0.05, "seed": None}},
            embeddings_regularizer=None, activity_regularizer=None, embeddings_constraint=None, mask_zero=True, input_length=6),
         k2("Bidirectional", "bidirectional_1", layer=k2rnn("LSTM", "lstm_1", 2, True), merge_mode="concat"),
         k2("TimeDistributed", "time_distributed_1", layer=k2dense("dense_1", 2))]},
     [v("embedding_1", ["embeddings"], emb.get_weights()),
      ("bidirectional_1", [("bidirectional_1/" + s + "_lstm_1/" + w + ":0", a) for s, part in (("forward", f.get_weights()), ("backward", bk.get_weights())) for w, a in zip(KRB, part)]),
      v("time_distributed_1", KB, d.get_weights())], x, predict(m, x))

# weights alone, of Theano; stacked cells
m = keras.Sequential([keras.Input((6, 2)), L.Conv1D(3, 2, padding="causal", dilation_rate=2), L.RNN([L.LSTMCell(3, recurrent_activation=hs), L.GRUCell(2, recurrent_activation=hs, reset_after=False)]),
                      L.Dense(2)])
randomise(m); x = data(3, 6, 2)
c, r, d = [a.get_weights() for a in m.layers]
cell = lambda cls, name, units: (lambda e: {"class_name": cls + "Cell", "config": {k: a for k, a in e["config"].items() if k not in ("return_sequences", "return_state", "go_backwards", "stateful", "unroll", "activity_regularizer")}})(k2rnn(cls, name, units))
save("k2_weights_alone_theano", "2.0.8", "theano",
     {"class_name": "Sequential", "keras_version": "2.0.9", "backend": "theano", "config": [
         k2("Conv1D", "conv1d_1", batch_input_shape=[None, 6, 2], dtype="float32", filters=3, kernel_size=[2], strides=[1], padding="causal",
            dilation_rate=[2], activation="linear", use_bias=True, kernel_initializer=VS(), bias_initializer=Z, kernel_regularizer=None,
            bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, bias_constraint=None),
         k2("RNN", "rnn_1", return_sequences=False, return_state=False, go_backwards=False, stateful=False, unroll=False,
            cell={"class_name": "StackedRNNCells", "config": {"cells": [cell("LSTM", "lstm_cell_1", 3), cell("GRU", "gru_cell_1", 2)]}}),
         k2dense("dense_1", 2)]},
     [("conv1d_1", [("conv1d_1/kernel", c[0][::-1]), ("conv1d_1/bias", c[1])]),
      ("rnn_1", [("rnn_1/" + str(i), a) for i, a in enumerate(r)]), ("dense_1", [("dense_1/kernel", d[0]), ("dense_1/bias", d[1])])],
     x, predict(m, x), weights_only=True)

# ------------------------------------------------------------------ tf.keras 2.4 to 2.15
def tf(e, **more):
    policy = {"class_name": "Policy", "config": {"name": "float32"}}
    c = dict(e["config"], **more)
    c.setdefault("dtype", "float32")
    for k, a in c.items():
        if k.endswith("_initializer"):
            c[k] = {"class_name": "GlorotUniform" if a["class_name"] == "VarianceScaling" else a["class_name"],
                    "config": {"seed": None} if a["class_name"] != "Zeros" and a["class_name"] != "Ones" else {}}
    return {"class_name": e["class_name"], "config": c}

m = keras.Sequential([keras.Input((5, 3)), L.Masking(), L.Bidirectional(L.GRU(4, return_sequences=True)), L.LayerNormalization(),
                      L.BatchNormalization(), L.LSTM(3, recurrent_activation=hs, return_sequences=True), L.Activation("tanh"),
                      L.GlobalAveragePooling1D(), L.Dense(2, activation="gelu")])
randomise(m); x = data(4, 5, 3); x[1, 3:] = 0; x[2, 0] = 0
b, ln, n, l, d = [a.get_weights() for a in m.layers if a.weights]
adam = [("Adam/iter:0", np.int64(7))]
trained = [("bidirectional/forward_gru/gru_cell_1/" + w, a) for w, a in zip(KRB, b[:3])] + [("bidirectional/backward_gru/gru_cell_2/" + w, a) for w, a in zip(KRB, b[3:])] + \
          [("layer_normalization/" + w, a) for w, a in zip(["gamma", "beta"], ln)] + [("batch_normalization/" + w, a) for w, a in zip(BN[:2], n)] + \
          [("lstm/lstm_cell/" + w, a) for w, a in zip(KRB, l)] + [("dense/" + w, a) for w, a in zip(KB, d)]
for slot, factor in (("m", .1), ("v", .01)):
    adam += [("Adam/" + w + "/" + slot + ":0", np.abs(a) * np.float32(factor)) for w, a in trained]
save("tf_2_4", "2.4.0", "tensorflow",
     {"class_name": "Sequential", "config": {"name": "sequential", "layers": [
         {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 5, 3], "dtype": "float32", "sparse": False, "ragged": False, "name": "masking_input"}},
         tf(k2("Masking", "masking", mask_value=0.0, batch_input_shape=[None, 5, 3])),
         tf(k2("Bidirectional", "bidirectional", merge_mode="concat",
               layer=tf(k2rnn("GRU", "gru", 4, True, reset_after=True, time_major=False, recurrent_activation="sigmoid", implementation=2)))),
         tf(k2("LayerNormalization", "layer_normalization", axis=[2], epsilon=0.001, center=True, scale=True, beta_initializer=Z,
               gamma_initializer={"class_name": "Ones", "config": {}}, beta_regularizer=None, gamma_regularizer=None, beta_constraint=None, gamma_constraint=None)),
         tf(k2("BatchNormalization", "batch_normalization", **dict(bn, axis=[2]))),
         tf(k2rnn("LSTM", "lstm", 3, True, time_major=False, implementation=2)),
         tf(k2("Activation", "activation", activation="tanh")),
         tf(k2("GlobalAveragePooling1D", "global_average_pooling1d", data_format="channels_last")),
         tf(k2dense("dense", 2, activation="gelu"))]}},
     [("masking", []), ("bidirectional", [(w + ":0", a) for w, a in trained[:6]]), v("layer_normalization", ["gamma", "beta"], ln),
      v("batch_normalization", BN, n), ("lstm", [("lstm/lstm_cell/" + w + ":0", a) for w, a in zip(KRB, l)]), ("activation", []),
      ("global_average_pooling1d", []), v("dense", KB, d)], x, predict(m, x),
     training={"loss": {"class_name": "MeanSquaredError", "config": {"reduction": "auto", "name": "mean_squared_error"}},
               "metrics": [[{"class_name": "MeanMetricWrapper", "config": {"name": "mae", "dtype": "float32", "fn": "mean_absolute_error"}}]],
               "weighted_metrics": None, "loss_weights": None,
               "optimizer_config": {"class_name": "Adam", "config": {"name": "Adam", "learning_rate": 0.002, "decay": 0.5, "beta_1": 0.9,
                                                                    "beta_2": 0.999, "epsilon": 1e-07, "amsgrad": False}}},
     optimizer=adam)

with zipfile.ZipFile("cases.zip", "w", zipfile.ZIP_DEFLATED) as z:
    for name, content in files.items():
        z.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    z.writestr(zipfile.ZipInfo("expected.json", (1980, 1, 1, 0, 0, 0)), json.dumps(expected), zipfile.ZIP_DEFLATED)
print(len(files), os.path.getsize("cases.zip"))
