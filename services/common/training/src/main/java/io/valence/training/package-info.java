/**
 * Training: the cross-modal fusion model, the adapters that lead into its feature spaces, and the
 * bundles made of both. Networks are written once against {@link io.valence.training.Arithmetic} and
 * run twice: in PyTorch (through DJL) while they learn, and as ONNX graphs once they serve.
 */
package io.valence.training;
