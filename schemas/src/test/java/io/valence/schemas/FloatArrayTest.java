package io.valence.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.PrimitivesArrays;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DatumWriter;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.junit.jupiter.api.Test;

/** The quick way with arrays of floats against Avro's own. */
class FloatArrayTest {

  private static final Schema SCHEMA = FeatureVector.getClassSchema();
  private static final SpecificData MODEL = AvroDeserializer.model(FeatureVector.class);

  private static byte[] encode(final FeatureVector vector) throws IOException {
    return encode(new FloatArrayWriter<>(SCHEMA, MODEL), vector);
  }

  private static <T> byte[] encode(final DatumWriter<T> writer, final T record) throws IOException {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    final BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
    writer.write(record, encoder);
    encoder.flush();
    return bytes.toByteArray();
  }

  private static FeatureVector decode(final byte[] bytes) throws IOException {
    return new FloatArrayReader<FeatureVector>(SCHEMA, SCHEMA, MODEL)
        .read(new BoundedDecoder(bytes, 0));
  }

  private static FeatureVector vector(final int size) {
    final Random random = new Random(size);
    final float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = Float.intBitsToFloat(random.nextInt());
    }
    return SampleRecords.vector(1).setValues(FloatValues.of(values)).build();
  }

  private static byte[] byAvro(final FeatureVector vector) throws IOException {
    return encode(new SpecificDatumWriter<FeatureVector>(SCHEMA), vector);
  }

  @Test
  void writesTheBytesOfAvroAndReadsThem() throws Exception {
    for (final int size : new int[] {0, 1, 65, 3_072}) {
      final FeatureVector vector = vector(size);

      final byte[] bytes = encode(vector);

      assertThat(bytes).isEqualTo(byAvro(vector));
      final FeatureVector read = decode(bytes);
      assertThat(encode(read)).as("to the last bit, NaN included").isEqualTo(bytes);
      assertThat(read.getValues()).isInstanceOf(PrimitivesArrays.FloatArray.class);
      assertThat(
              new SpecificDatumReader<FeatureVector>(FeatureVector.getClassSchema())
                  .read(null, new BoundedDecoder(bytes, 0)))
          .isEqualTo(read);
    }
  }

  @Test
  void readsAnArrayInSeveralBlocks() throws Exception {
    final FeatureVector vector = vector(3);
    final byte[] bytes = byAvro(vector);
    final byte[] start = encode(SampleRecords.vector(1).setValues(List.of()).build());
    // Up to the array both are the same; three numbers in one block become blocks of two and one.
    int at = 0;
    while (bytes[at] == start[at]) {
      at++;
    }
    final ByteArrayOutputStream blocks = new ByteArrayOutputStream();
    blocks.write(bytes, 0, at);
    blocks.write(4);
    blocks.write(bytes, at + 1, 8);
    blocks.write(2);
    blocks.write(bytes, at + 9, bytes.length - at - 9);

    assertThat(decode(blocks.toByteArray())).isEqualTo(vector);
  }

  @Test
  void refusesWhatIsCutOff() throws Exception {
    final byte[] bytes = byAvro(vector(65));
    for (int length = 0; length < bytes.length; length += 7) {
      final byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> decode(cut))
          .as("%d of %d bytes", length, bytes.length)
          .isInstanceOf(EOFException.class);
    }
  }

  @Test
  void turnsTheWholeNumbersOfAnotherWriterIntoFloats() throws Exception {
    final Map<String, String> configuration =
        Map.of(RegistryClients.URL, "mock://" + UUID.randomUUID());
    final Schema whole =
        new Schema.Parser()
            .parse(
                FeatureVector.getClassSchema()
                    .toString()
                    .replace(
                        "{\"type\":\"array\",\"items\":\"float\"}",
                        "{\"type\":\"array\",\"items\":\"int\"}"));
    final GenericRecord record = new GenericData.Record(whole);
    final FeatureVector vector = vector(2);
    whole.getFields().stream()
        .filter(field -> !field.name().equals("values"))
        .forEach(field -> record.put(field.name(), vector.get(field.name())));
    record.put("modality", new GenericData.EnumSymbol(whole.getField("modality").schema(), "TEXT"));
    record.put("values", List.of(3, -4));
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (SchemaRegistryClient client = RegistryClients.create(configuration);
        AvroSerde<FeatureVector> serde = AvroSerde.forValues(FeatureVector.class, configuration)) {
      bytes.write(0);
      bytes.writeBytes(
          ByteBuffer.allocate(4).putInt(client.register("t-value", new AvroSchema(whole))).array());
      bytes.writeBytes(encode(new GenericDatumWriter<GenericRecord>(whole), record));

      assertThat(serde.deserializer().deserialize("t", bytes.toByteArray()).getValues())
          .containsExactly(3f, -4f);
    }
  }
}
