package io.valence.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;
import org.apache.avro.Schema;
import org.apache.avro.generic.PrimitivesArrays;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AvroSerdeTest {

  private static final String TOPIC = "features.visual";

  private final Map<String, String> configuration =
      Map.of(RegistryClients.URL, "mock://" + UUID.randomUUID());
  private final AvroSerde<FeatureVector> serde =
      AvroSerde.forValues(FeatureVector.class, configuration);
  private final FeatureVector vector = SampleRecords.vector(0.5f, -1f, Float.MIN_VALUE).build();

  @AfterEach
  void close() {
    serde.close();
  }

  private byte[] bytes() {
    return serde.serializer().serialize(TOPIC, vector);
  }

  @Test
  void givesBackWhatItWasGiven() {
    assertThat(serde.deserializer().deserialize(TOPIC, bytes())).isEqualTo(vector);
    assertThat(serde.serializer().serialize(TOPIC, null)).isNull();
    assertThat(serde.deserializer().deserialize(TOPIC, (byte[]) null)).isNull();
  }

  @Test
  void writesTheWireFormatOfConfluent() throws Exception {
    final byte[] bytes = bytes();

    final SchemaRegistryClient client = RegistryClients.create(configuration);
    final int id = client.getId(TOPIC + "-value", new AvroSchema(FeatureVector.getClassSchema()));
    assertThat(bytes[0]).isZero();
    assertThat(ByteBuffer.wrap(bytes, 1, 4).getInt()).isEqualTo(id);
    // Avro's binary encoding of the first field: length 6 as a zig-zag varint, then the text.
    assertThat(bytes[5]).isEqualTo((byte) 12);
    assertThat(new String(bytes, 6, 6, StandardCharsets.UTF_8)).isEqualTo("talk-7");
  }

  @Test
  void keepsFloatsUnboxed() {
    final FeatureVector read = serde.deserializer().deserialize(TOPIC, bytes());

    assertThat(read.getValues()).isInstanceOf(PrimitivesArrays.FloatArray.class);
    assertThat(FloatValues.toArray(read.getValues())).containsExactly(0.5f, -1f, Float.MIN_VALUE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{\"streamId\":\"talk-7\"}", "\0\0\0"})
  void refusesBytesThatAreNotAvro(final String text) {
    assertThatThrownBy(
            () -> serde.deserializer().deserialize(TOPIC, text.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(UndecodableRecordException.class)
        .hasMessageContaining("not an Avro record in Confluent's wire format");
  }

  @Test
  void refusesAnUnknownSchemaId() {
    final byte[] bytes = bytes();
    ByteBuffer.wrap(bytes).putInt(1, 777);

    assertThatThrownBy(() -> serde.deserializer().deserialize(TOPIC, bytes))
        .isInstanceOf(UndecodableRecordException.class)
        .hasMessageContaining("schema id 777 is not in the schema registry");
  }

  @Test
  void refusesEveryTruncation() {
    final byte[] bytes = bytes();
    for (int length = 0; length < bytes.length; length++) {
      final byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> serde.deserializer().deserialize(TOPIC, cut))
          .as("%d of %d bytes", length, bytes.length)
          .isInstanceOf(UndecodableRecordException.class);
    }
  }

  @Test
  void refusesTrailingBytes() {
    final byte[] bytes = Arrays.copyOf(bytes(), bytes().length + 3);

    assertThatThrownBy(() -> serde.deserializer().deserialize(TOPIC, bytes))
        .isInstanceOf(UndecodableRecordException.class)
        .hasMessageContaining("3 bytes follow");
  }

  @Test
  void doesNotAllocateWhatALengthFieldClaims() {
    // A string whose length, 2^31 - 9 as a zig-zag varint, is more than the heap of this test.
    final byte[] bytes = Arrays.copyOf(bytes(), 40);
    bytes[5] = (byte) 0xee;
    bytes[6] = (byte) 0xff;
    bytes[7] = (byte) 0xff;
    bytes[8] = (byte) 0xff;
    bytes[9] = (byte) 0x0f;

    assertThatThrownBy(() -> serde.deserializer().deserialize(TOPIC, bytes))
        .isInstanceOf(UndecodableRecordException.class)
        .hasMessageContaining("only 30 bytes follow");
  }

  @Test
  void survivesRandomDamage() {
    final java.util.Random random = new java.util.Random(7);
    final byte[] whole = bytes();
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      final byte[] damaged = whole.clone();
      final int hits = 1 + random.nextInt(4);
      for (int hit = 0; hit < hits; hit++) {
        damaged[5 + random.nextInt(damaged.length - 5)] = (byte) random.nextInt();
      }
      try {
        serde.deserializer().deserialize(TOPIC, damaged);
      } catch (final UndecodableRecordException e) {
        refused++;
      }
    }
    // Any other exception fails the test; that some damage reads as another value is in the
    // format's nature.
    assertThat(refused).isPositive();
  }

  @Test
  void refusesARecordOfAnotherKind() {
    final byte[] chunk;
    try (AvroSerde<MediaChunk> chunks = AvroSerde.forValues(MediaChunk.class, configuration)) {
      chunk = chunks.serializer().serialize("raw.audio", SampleRecords.chunk().build());
    }

    assertThatThrownBy(() -> serde.deserializer().deserialize(TOPIC, chunk))
        .isInstanceOf(UndecodableRecordException.class)
        .hasMessageContaining("is io.valence.schemas.MediaChunk, but this topic holds")
        .hasMessageContaining("io.valence.schemas.FeatureVector");
  }

  @Test
  void readsARecordOfALaterVersion() throws Exception {
    final Schema own = FeatureVector.getClassSchema();
    final Schema later =
        new Schema.Parser()
            .parse(
                own.toString()
                    .replaceFirst(
                        "\"fields\":\\[",
                        "\"fields\":[{\"name\":\"mood\",\"type\":\"string\",\"default\":\"\"},"));
    final SchemaRegistryClient client = RegistryClients.create(configuration);
    final int id = client.register(TOPIC + "-value", new AvroSchema(later));
    final byte[] current = bytes();
    final byte[] extended = new byte[current.length + 4];
    ByteBuffer.wrap(extended)
        .put((byte) 0)
        .putInt(id)
        .put(new byte[] {6, 's', 'a', 'd'})
        .put(current, 5, current.length - 5);

    assertThat(serde.deserializer().deserialize(TOPIC, extended)).isEqualTo(vector);
  }

  @Test
  void takesAnOutageForAnOutage() throws Exception {
    final int closedPort;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closedPort = socket.getLocalPort();
    }
    final byte[] bytes = bytes();
    try (AvroSerde<FeatureVector> cutOff =
        AvroSerde.forValues(
            FeatureVector.class, Map.of(RegistryClients.URL, "http://localhost:" + closedPort))) {
      assertThatThrownBy(() -> cutOff.deserializer().deserialize(TOPIC, bytes))
          .isInstanceOf(RegistryUnavailableException.class)
          .isInstanceOf(RetriableException.class)
          .isNotInstanceOf(SerializationException.class)
          .hasMessageContaining("localhost:" + closedPort + " cannot be reached");
      assertThatThrownBy(() -> cutOff.serializer().serialize(TOPIC, vector))
          .isInstanceOf(RegistryUnavailableException.class);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "500, answers 500",
    "503, answers 503",
    "401, refuses the credentials (401)",
    "429, answers 429",
    // A web server that is no registry: the record may be sound.
    "404, answers 404"
  })
  void takesAFailingServerForAnOutage(final int status, final String message) throws Exception {
    try (CountingServer server = new CountingServer(status, "{\"message\":\"no\"}");
        AvroSerde<FeatureVector> failing =
            AvroSerde.forValues(
                FeatureVector.class,
                Map.of(RegistryClients.URL, "http://user:secret@localhost:" + server.port()))) {
      assertThatThrownBy(() -> failing.deserializer().deserialize(TOPIC, bytes()))
          .isInstanceOf(RegistryUnavailableException.class)
          .hasMessageContaining(message)
          .message()
          .doesNotContain("secret");
    }
  }

  @Test
  void waitsForARegistryThatIsStartingAndSaysSoIfItNeverDoes() throws Exception {
    final int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    final Map<String, String> absent = Map.of(RegistryClients.URL, "http://localhost:" + port);
    assertThatThrownBy(() -> RegistryClients.verifyReachable(absent, Duration.ofMillis(500)))
        .isInstanceOf(RegistryUnavailableException.class)
        .hasMessageContaining("cannot be reached");

    try (CountingServer server = new CountingServer(200, "[]")) {
      RegistryClients.verifyReachable(
          Map.of(RegistryClients.URL, "http://localhost:" + server.port()), Duration.ZERO);
      assertThat(server.requests()).isEqualTo(1);
    }
    // A registry that answers with a refusal is there: waiting would not help.
    try (CountingServer server = new CountingServer(401, "{}")) {
      assertThatThrownBy(
              () ->
                  RegistryClients.verifyReachable(
                      Map.of(RegistryClients.URL, "http://localhost:" + server.port()),
                      Duration.ofMinutes(10)))
          .hasMessageContaining("refuses the credentials");
    }
  }

  @Test
  void asksOnceForEachUnknownId() throws Exception {
    try (CountingServer server =
            new CountingServer(404, "{\"error_code\":40403,\"message\":\"Schema not found\"}");
        AvroSerde<FeatureVector> asking =
            AvroSerde.forValues(
                FeatureVector.class,
                Map.of(RegistryClients.URL, "http://localhost:" + server.port()))) {
      final byte[] bytes = bytes();
      for (int i = 0; i < 5; i++) {
        assertThatThrownBy(() -> asking.deserializer().deserialize(TOPIC, bytes))
            .isInstanceOf(UndecodableRecordException.class);
      }
      assertThat(server.requests()).isEqualTo(1);
    }
  }

  @Test
  void asksOnceForEachKnownId() throws Exception {
    final byte[] bytes = bytes();
    final String schema =
        "{\"schema\":\""
            + FeatureVector.getClassSchema().toString().replace("\\", "\\\\").replace("\"", "\\\"")
            + "\"}";
    try (CountingServer server = new CountingServer(200, schema);
        AvroSerde<FeatureVector> asking =
            AvroSerde.forValues(
                FeatureVector.class,
                Map.of(RegistryClients.URL, "http://localhost:" + server.port()))) {
      for (int i = 0; i < 5; i++) {
        assertThat(asking.deserializer().deserialize(TOPIC, bytes)).isEqualTo(vector);
      }
      assertThat(server.requests()).isEqualTo(1);
    }
  }

  /** Two threads that write their first record at once, against a registry that refuses the second. */
  @Test
  void aRefusalBecauseATwinRegisteredAtTheSameMomentIsAskedAgain() throws IOException {
    try (CountingServer server =
            new CountingServer(
                asked -> asked == 1 ? 409 : 200,
                asked ->
                    asked == 1
                        ? "{\"error_code\":409,\"message\":\"An artifact already exists.\"}"
                        : "{\"id\":7}");
        AvroSerde<FeatureVector> serde =
            AvroSerde.forValues(
                FeatureVector.class,
                Map.of(RegistryClients.URL, "http://localhost:" + server.port()))) {
      final byte[] written = serde.serializer().serialize(TOPIC, vector);

      assertThat(ByteBuffer.wrap(written, 1, Integer.BYTES).getInt()).isEqualTo(7);
      assertThat(server.requests()).isEqualTo(2);
    }
  }

  @Test
  void aSchemaThatDoesNotFitIsRefused() throws IOException {
    try (CountingServer server =
            new CountingServer(409, "{\"error_code\":409,\"message\":\"READER_FIELD_MISSING\"}");
        AvroSerde<FeatureVector> serde =
            AvroSerde.forValues(
                FeatureVector.class,
                Map.of(RegistryClients.URL, "http://localhost:" + server.port()))) {
      assertThatThrownBy(() -> serde.serializer().serialize(TOPIC, vector))
          .isInstanceOf(SchemaRefusedException.class)
          .hasMessageContaining(
              "as incompatible with the registered version: READER_FIELD_MISSING");
    }
  }

  @Test
  void saysWhenASchemaIsNotRegistered() {
    final Map<String, String> strict = new HashMap<>(configuration);
    strict.put(AvroSerializer.AUTO_REGISTER, "false");
    try (AvroSerde<FeatureVector> careful = AvroSerde.forValues(FeatureVector.class, strict)) {
      assertThatThrownBy(() -> careful.serializer().serialize("unseen", vector))
          .isInstanceOf(SchemaRefusedException.class)
          .hasMessageContaining("unseen-value");
      bytes();
      assertThat(careful.serializer().serialize(TOPIC, vector)).isEqualTo(bytes());
    }
  }

  @Test
  void latestVersionMustBeItsOwn() throws Exception {
    final Map<String, String> latest = new HashMap<>(configuration);
    latest.put(AvroSerializer.AUTO_REGISTER, "false");
    latest.put(AvroSerializer.USE_LATEST, "true");
    bytes();
    try (AvroSerde<FeatureVector> following = AvroSerde.forValues(FeatureVector.class, latest)) {
      assertThat(following.serializer().serialize(TOPIC, vector)).isEqualTo(bytes());
    }
    final Schema later =
        new Schema.Parser()
            .parse(
                FeatureVector.getClassSchema()
                    .toString()
                    .replaceFirst(
                        "\"fields\":\\[",
                        "\"fields\":[{\"name\":\"mood\",\"type\":\"string\",\"default\":\"\"},"));
    RegistryClients.create(configuration).register(TOPIC + "-value", new AvroSchema(later));
    try (AvroSerde<FeatureVector> following = AvroSerde.forValues(FeatureVector.class, latest)) {
      assertThatThrownBy(() -> following.serializer().serialize(TOPIC, vector))
          .isInstanceOf(SchemaRefusedException.class)
          .hasMessageContaining("register this one");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "schema.registry.url, '', schema.registry.url is not set",
    "schema.registry.url, localhost:8081, must begin with http",
    "auto.register.schemas, yes, must be true or false",
    "use.latest.version, true, has no effect"
  })
  void refusesAWrongConfiguration(final String key, final String value, final String message) {
    final Map<String, String> wrong = new HashMap<>(configuration);
    wrong.put(key, value);
    assertThatThrownBy(() -> AvroSerde.forValues(FeatureVector.class, wrong).close())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  @Test
  void serdeClassIsChosenByConfiguration() {
    assertThat(RecordSerdes.forValues(FeatureVector.class, configuration))
        .isInstanceOf(AvroSerde.class);
    final Map<String, String> other = new HashMap<>(configuration);
    other.put(RecordSerdes.SERDE_CLASS, "org.example.NoSuchSerde");
    assertThatThrownBy(() -> RecordSerdes.forValues(FeatureVector.class, other))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("org.example.NoSuchSerde");
  }

  /** Answers every request alike and counts them. */
  private static final class CountingServer implements AutoCloseable {

    private final HttpServer server;
    private final AtomicInteger requests = new AtomicInteger();

    CountingServer(final int status, final String body) throws IOException {
      this(asked -> status, asked -> body);
    }

    /** Answers by the number of the request, from 1. */
    CountingServer(final IntUnaryOperator status, final IntFunction<String> body)
        throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext(
          "/",
          exchange -> {
            final int asked = requests.incrementAndGet();
            final byte[] answer = body.apply(asked).getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(status.applyAsInt(asked), answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
          });
      server.start();
    }

    int port() {
      return server.getAddress().getPort();
    }

    int requests() {
      return requests.get();
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }
}
