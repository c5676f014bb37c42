package io.valence.model;

import io.valence.inference.InferenceException;
import io.valence.inference.ModelCall;
import io.valence.inference.OnnxModel;
import io.valence.model.BundleDescription.Space;

/**
 * Maps one modality's features into the space of the bundle's base model. In a bundle trained on the
 * extractors' own features this is the identity: the values pass unchanged.
 *
 * <p>Belongs to one thread; close it before its bundle.
 */
public final class FeatureAdapter implements AutoCloseable {

  private static final String INPUT = "features";
  private static final String OUTPUT = "adapted";

  private final Modality modality;
  private final Space inputSpace;
  private final Space baseSpace;

  /** These three are null together: then the adapter is the identity. */
  private final Standardiser input;

  private final Standardiser base;
  private final ModelCall call;
  private final float[] standardised;

  FeatureAdapter(
      final Modality modality, final BundleDescription description, final OnnxModel model) {
    this.modality = modality;
    this.inputSpace = description.inputSpaces().get(modality);
    this.baseSpace = description.baseSpaces().get(modality);
    if (model == null) {
      this.input = null;
      this.base = null;
      this.call = null;
    } else {
      final double clip = description.clip();
      this.input = description.inputNormalisation().get(modality).standardiser(clip);
      this.base = description.baseNormalisation().get(modality).standardiser(clip);
      this.call = model.newCall();
    }
    this.standardised = new float[inputSpace.size()];
  }

  /** Checks that a model file has the shape of an adapter, see {@link ModelBundle#load}. */
  static void requireShape(final OnnxModel model, final Space input, final Space base)
      throws BundleException {
    OnnxShapes.requireInputs(model, INPUT);
    OnnxShapes.requireInput(model, INPUT, input.size());
    OnnxShapes.requireOutput(model, OUTPUT, -1, base.size());
  }

  /** The modality that this adapter is for. */
  public Modality modality() {
    return modality;
  }

  /** The space that {@link #adapt} takes. */
  public Space inputSpace() {
    return inputSpace;
  }

  /** The space that {@link #adapt} gives. */
  public Space baseSpace() {
    return baseSpace;
  }

  /** Whether values pass unchanged. */
  public boolean identity() {
    return call == null;
  }

  /**
   * Maps one vector.
   *
   * @param values as many as the input space has, all finite
   * @return as many as the base space has, all finite; the same array if this is the identity
   * @throws IllegalArgumentException if the length is wrong or a value is not finite
   * @throws InferenceException if the model fails or gives a value that is not finite
   */
  public float[] adapt(final float[] values) {
    if (values.length != inputSpace.size()) {
      throw new IllegalArgumentException(
          modality.label()
              + ": "
              + values.length
              + " values where "
              + inputSpace.id()
              + " has "
              + inputSpace.size());
    }
    if (call == null) {
      requireFinite(values);
      return values;
    }
    input.standardise(values, standardised, 0);
    call.input(INPUT, standardised, 1, standardised.length).run(OUTPUT);
    final float[] adapted = base.restore(call.output(OUTPUT));
    for (int i = 0; i < adapted.length; i++) {
      if (!Float.isFinite(adapted[i])) {
        throw new InferenceException(
            "the " + modality.label() + " adapter gave " + adapted[i] + " for value " + i);
      }
    }
    return adapted;
  }

  private void requireFinite(final float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new IllegalArgumentException(modality.label() + ": value " + i + " is " + values[i]);
      }
    }
  }

  @Override
  public void close() {
    if (call != null) {
      call.close();
    }
  }
}
