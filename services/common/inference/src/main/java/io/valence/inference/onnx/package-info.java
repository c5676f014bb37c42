/**
 * Writes ONNX files: a model built in code becomes a graph that any ONNX runtime opens. The messages
 * and field numbers are those of {@code onnx.proto}, IR version 8, operator set 17.
 */
package io.valence.inference.onnx;
