/** ONNX models by path: where model files lie, whether they are whole, and how they are run. */
package io.valence.inference;
