package io.valence.faults;

/** What can go wrong, as the table of results names it. */
enum FaultKind {
  KILL_SERVICE("service killed (kill -9)"),
  KILL_INGEST("ingest killed in the middle of an upload"),
  DELETE_STATE("service killed, its state directory deleted"),
  KILL_BROKER("broker killed (kill -9) and started again"),
  STOP_BROKER("broker stopped and started again"),
  KILL_REGISTRY("registry killed in flight"),
  START_WITHOUT_REGISTRY("service started while the registry is down"),
  PAUSE_SERVICE("service paused longer than its session"),
  FILL_DISK("disk of fusion's state full"),
  DUPLICATES("records sent twice"),
  REORDERING("records of a modality out of order"),
  SENT_AGAIN("everything sent a second time"),
  POISON("poison record");

  private final String label;

  FaultKind(final String label) {
    this.label = label;
  }

  String label() {
    return label;
  }
}
