package io.valence.streams;

import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.REPLACE_THREAD;
import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.valence.schemas.RegistryUnavailableException;
import io.valence.schemas.SchemaRefusedException;
import java.net.ConnectException;
import java.util.List;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TransactionAbortedException;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.Test;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

class FailurePolicyTest {

  private final FailurePolicy policy = new FailurePolicy();

  @Test
  void goesOnAfterAnOutage() {
    assertThat(
            policy.handle(
                new StreamsException(
                    new RegistryUnavailableException("no registry", new ConnectException("no")))))
        .isEqualTo(REPLACE_THREAD);
    assertThat(policy.handle(new StreamsException(new TimeoutException("no broker"))))
        .isEqualTo(REPLACE_THREAD);
  }

  @Test
  void goesOnAfterATransactionThatTheBrokerGaveUp() {
    for (final RuntimeException lost :
        List.of(
            new InvalidTxnStateException("invalid state"),
            new ProducerFencedException("fenced"),
            new OutOfOrderSequenceException("a record is missing"),
            new TransactionAbortedException("aborted"))) {
      assertThat(policy.handle(new StreamsException("committing failed", lost)))
          .as(lost.toString())
          .isEqualTo(REPLACE_THREAD);
    }
  }

  @Test
  void goesOnWithoutAStoreThatIsDamaged() {
    for (int i = 0; i < 10; i++) {
      assertThat(policy.handle(unopened(Status.Code.Corruption))).isEqualTo(REPLACE_THREAD);
    }
    assertThat(policy.handle(unopened(Status.Code.Corruption))).isEqualTo(SHUTDOWN_CLIENT);
    assertThat(policy.handle(unopened(Status.Code.IOError))).isEqualTo(SHUTDOWN_CLIENT);
  }

  private static RuntimeException unopened(final Status.Code code) {
    return new StreamsException(
        new ProcessorStateException(
            "Error opening store",
            new RocksDBException(
                "000015.sst: No such file or directory",
                new Status(code, Status.SubCode.None, "000015.sst"))));
  }

  @Test
  void stopsAfterAnythingElse() {
    assertThat(policy.handle(new StreamsException(new SchemaRefusedException("409", null))))
        .isEqualTo(SHUTDOWN_CLIENT);
    assertThat(policy.handle(new IllegalStateException("a bug"))).isEqualTo(SHUTDOWN_CLIENT);
    assertThat(policy.handle(new OutOfMemoryError("heap"))).isEqualTo(SHUTDOWN_CLIENT);
  }
}
