"""Writes the .keras files of this folder: settings that a file may have and that change, or do not change, what
a model predicts. cases.npz has every model's input (NAME.x) and what Keras predicts with the file (NAME.p).

NAME.txt is summary() of some as Keras prints it after loading; lora.h5 a model of Dense(4, lora_rank=2, name="d")
and Dense(1) for 5 features, whose factors are not 0, saved as HDF5.

Run as: KERAS_BACKEND=torch python make.py FOLDER   (Keras 3.15.1, torch 2.13.0 CPU, numpy 2.4, 2026-11-29)
"""
import os, sys, zipfile
os.environ.setdefault("KERAS_BACKEND", "torch")
import numpy as np, keras
from keras import layers as L, regularizers as R, constraints as C, initializers as I
out = sys.argv[1]
rng = np.random.default_rng(7)

def rand(model):
    model.set_weights([rng.normal(0, .5, w.shape).astype("float32") for w in model.get_weights()])

def pack(path):  # deflated, which Keras reads too: a weights file is mostly zeros
    with zipfile.ZipFile(path) as z:
        entries = {i: z.read(i) for i in z.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for i, data in entries.items():
            z.writestr(zipfile.ZipInfo(i.filename), data, zipfile.ZIP_DEFLATED)

cases = {}
def case(name, *layers, shape=(4, 3), x=None, after=None):
    m = keras.Sequential([keras.Input(shape), *layers])
    rand(m)
    if after: after(m)
    x = rng.normal(0, 1, (2, *shape)).astype("float32") if x is None else x
    path = f"{out}/{name}.keras"
    m.save(path)
    pack(path)
    p = keras.saving.load_model(path).predict(x, verbose=0)
    cases[name + ".x"] = x; cases[name + ".p"] = np.asarray(p, "float32")

# activations as objects
case("dense_relu_max", L.LSTM(3), L.Dense(4, activation=L.ReLU(max_value=.05)))
case("dense_relu_all", L.LSTM(3), L.Dense(4, activation=L.ReLU(max_value=.4, negative_slope=.5, threshold=.1)))
case("dense_leaky", L.LSTM(3), L.Dense(4, activation=L.LeakyReLU(negative_slope=.05)))
case("dense_elu", L.LSTM(3), L.Dense(4, activation=L.ELU(alpha=.3)))
case("lstm_elu", L.LSTM(3, activation=L.ELU(alpha=.3), recurrent_activation=L.ReLU(max_value=1, negative_slope=.1)), L.Dense(2))
case("lstm_objects", L.Bidirectional(L.LSTM(3, activation=L.LeakyReLU(.2), return_sequences=True)), L.SimpleRNN(2, activation=L.ReLU(threshold=.2)))
case("softmax_axis1_rank2", L.LSTM(3), L.Dense(4, activation=L.Softmax(axis=1)))
case("softmax_time", L.LSTM(3, return_sequences=True), L.Dense(4, activation=L.Softmax(axis=1)))
case("softmax_time_back", L.LSTM(3, return_sequences=True), L.Activation(L.Softmax(axis=-2)), L.LSTM(2))
case("softmax_list", L.LSTM(3, return_sequences=True), L.Activation(L.Softmax(axis=[2])), L.Flatten())
case("softmax_each", L.LSTM(3, return_sequences=True), L.TimeDistributed(L.Dense(4, activation=L.Softmax(axis=1))))
case("activation_layer_object", L.Activation(L.LeakyReLU(.7)), L.LSTM(2))
case("activation_of_activation", L.LSTM(2), L.Dense(3, activation=L.Activation("mish")))
# flatten
case("flatten_first", L.LSTM(3, return_sequences=True), L.Flatten(data_format="channels_first"), L.Dense(2))
case("flatten_first_only", L.Flatten(data_format="channels_first"))
case("flatten_first_rank2", L.LSTM(3), L.Flatten(data_format="channels_first"), L.Dense(2))
# what serves training alone
case("regularized",
     L.LSTM(3, kernel_regularizer=R.L2(.01), recurrent_regularizer=R.L1L2(.1, .2), bias_regularizer="l1",
            activity_regularizer=R.L2(.001), kernel_constraint=C.MaxNorm(2.), recurrent_constraint=C.UnitNorm(),
            bias_constraint=C.NonNeg(), return_sequences=True),
     L.Bidirectional(L.LSTM(2, kernel_regularizer=R.L1(.1)), backward_layer=L.LSTM(2, go_backwards=True, bias_regularizer=R.L2(.3))),
     L.Dense(2, kernel_regularizer=R.OrthogonalRegularizer(.1), bias_constraint=C.MinMaxNorm(), activity_regularizer="l2"))
case("regularized_embedding", L.Embedding(5, 3, embeddings_regularizer=R.L2(.1), embeddings_constraint=C.NonNeg()),
     L.SimpleRNN(2, activity_regularizer=R.L1(.2), recurrent_constraint="max_norm"), shape=(4,), x=rng.integers(0, 5, (2, 4)).astype("float32"))
case("noise", L.Dropout(.3, noise_shape=(None, 1, 3), seed=5), L.LSTM(2, dropout=.1, seed=7), L.Dropout(.1, seed=2), L.Dense(1, activity_regularizer=R.L2(.1)))
case("frozen", L.LSTM(2, trainable=False, return_sequences=True), L.TimeDistributed(L.Dense(2, trainable=False)), L.Bidirectional(L.LSTM(2, trainable=False)), L.Dense(1))
case("lora", L.LSTM(3), L.Dense(4), after=lambda m: m.layers[1].enable_lora(2))
# how it computes
for policy in "mixed_float16", "float64":
    keras.config.set_dtype_policy(policy)
    case(policy, L.LSTM(3, return_sequences=True), L.LSTM(2, activation=L.ELU(alpha=.5)), L.Dense(2))
    keras.config.set_dtype_policy("float32")
case("policy_of_a_layer", L.LSTM(3, dtype="mixed_bfloat16", return_sequences=True), L.Bidirectional(L.LSTM(2, dtype="float64")), L.Dense(2))
case("unroll", L.LSTM(3, unroll=True, return_sequences=True), L.Bidirectional(L.SimpleRNN(2, unroll=True)))
case("initializers",
     L.LSTM(3, kernel_initializer=I.TruncatedNormal(.1, .2, seed=3), recurrent_initializer=I.Orthogonal(2., seed=4), bias_initializer=I.Constant(.25), return_sequences=True),
     L.SimpleRNN(3, kernel_initializer=I.VarianceScaling(2., "fan_avg", "uniform", seed=5), recurrent_initializer=I.Identity(), bias_initializer=I.RandomNormal(.5, .25, seed=6), return_sequences=True),
     L.Dense(3, kernel_initializer=I.GlorotNormal(seed=keras.random.SeedGenerator(3)), bias_initializer=I.RandomUniform(-1, 2)),
     L.Dense(2, kernel_initializer=I.VarianceScaling(.5, "fan_out", "untruncated_normal"), bias_initializer="ones"),
     L.Dense(2, kernel_initializer=I.HeUniform(seed=9), bias_initializer=I.LecunNormal(seed=1)))
# an optimizer's state that does not fit
def fit(m, optimizer="adam"):
    m.compile(optimizer, "mse")
    m.fit(rng.normal(0, 1, (4, 4, 3)), rng.normal(0, 1, (4, 2)), verbose=0)

def recompiled(m):
    fit(m)
    m.compile("rmsprop", "mse")

def unfrozen(m):
    m.layers[0].trainable = False
    fit(m)
    m.layers[0].trainable = True

case("state_not_fit", L.LSTM(3), L.Dense(2), after=lambda m: m.compile("adam", "mse"))
case("state_recompiled", L.LSTM(3), L.Dense(2), after=recompiled)
case("state_unfrozen", L.LSTM(3), L.Dense(2), after=unfrozen)
# training through what is transposed: the losses of four steps
def trained(name, *layers, loss="mse", y=None):
    def compile(m):
        m.compile(keras.optimizers.SGD(.5), loss)
    case(name, *layers, after=compile)
    m = keras.saving.load_model(f"{out}/{name}.keras")
    x = cases[name + ".x"]
    y = rng.normal(0, 1, m.output_shape[1:]).astype("float32") + np.zeros((2, 1) if len(m.output_shape) == 2 else (2, 1, 1), "float32")
    cases[name + ".y"] = y
    cases[name + ".losses"] = np.array([m.train_on_batch(x, y) for _ in range(4)], "float32")

trained("trained_softmax", L.LSTM(3, return_sequences=True), L.Dense(3, activation=L.Softmax(axis=1)), L.SimpleRNN(2))
trained("trained_flatten", L.LSTM(3, return_sequences=True), L.Flatten(data_format="channels_first"), L.Dense(2))
trained("trained_objects", L.LSTM(3, activation=L.ELU(alpha=.3), return_sequences=True), L.Dense(3, activation=L.ReLU(max_value=.4, negative_slope=.5, threshold=.1)), L.Activation(L.Softmax(axis=-2)))
np.savez_compressed(f"{out}/cases.npz", **cases)
