package io.valence.inference.onnx;

/** What a tensor holds, with the number that ONNX gives it ({@code TensorProto.DataType}). */
public enum ElementType {
  FLOAT(1),
  INT64(7);

  private final int code;

  ElementType(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
