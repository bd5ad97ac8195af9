/**
 * PyTorch's models: tensors in safetensors files. Pickles, PyTorch's own files, are programs and
 * not read.
 */
package io.github.lstm4j.io.safetensors;
