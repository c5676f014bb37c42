/**
 * Trends and alerts: what the sentiment of a stream, or of all streams of a session, does over time.
 *
 * <h2>Order</h2>
 *
 * Fusion lets a complete window go before an earlier one that still waits. Trends do not follow that
 * order of arrival: windows are <em>judged</em> in event-time order (by end, then start, then
 * segment). A window is held until the join has decided every window that ends before it, so an
 * earlier window that is filled late is in its place in every average and every run. The price is
 * that an update waits as long as the join itself waits for the earlier window; the gain is that
 * updates, summaries and alerts are the same whatever the order of arrival.
 *
 * <p>Worked example: windows of 3 s, a rule <em>below -1 for 3 windows in a row</em>.
 *
 * <pre>
 *   arrives            decided up to   judged               what goes out
 *   [0,3)  -1.2        3 s             [0,3)                update: mean -1.20
 *   [6,9)  -1.4        3 s             nothing: [3,6) is still open
 *   [9,12) +0.5        3 s             nothing
 *   [3,6)  -1.1        12 s            [3,6) [6,9) [9,12)   three updates: -1.15, -1.23, -0.80,
 *                                                           and at [6,9) one alert: -1.2 -1.1 -1.4
 * </pre>
 *
 * <p>What the join decides later than it promised (a descriptor that comes after its stream was
 * taken as it came, and begins earlier) is <em>late</em> here: it counts in the summary, not in
 * updates and alerts, and {@code lateWindows} tells how many there were. After a summary the join
 * sends nothing more of the stream; should it happen all the same, such windows are counted in the
 * metric {@code valence.trends.late.windows} and otherwise left out.
 *
 * <h2>Known and unknown</h2>
 *
 * A window in which no modality was present that the bundle has learned from has the baseline for a
 * score: the model's guess before it knows anything. It is <em>unknown</em>: it is counted, but it
 * feeds no average, slope or share, and it neither makes nor breaks a run. {@code -1.2, unknown,
 * -1.1, -1.4} is three in a row; a rule that should not reach over a long silence names {@code
 * within} as well.
 *
 * <h2>Alerts</h2>
 *
 * A rule is a yes or no about the windows up to the one just judged. It alerts when that turns from no
 * to yes, and then not again until it has been no: once for each episode. Whether it is in an episode
 * is part of the state that is committed together with the alert, and the alert's id follows from the
 * rule and the window, so neither a restart nor a replay makes a second one.
 *
 * <h2>Sessions</h2>
 *
 * Streams of a session lie on different partitions; their windows, in order, go by way of the topic
 * {@code fusion.sessions}, keyed by session, to where they meet. The streams of a session are taken to
 * share one clock. Windows with the same range are one window of the session, whose score is the mean
 * of the known ones; it is judged when every stream of the session has come so far, has ended, or
 * has been quiet by the wall clock for {@code valence.trends.session-patience}. The summary goes out
 * when all streams heard of have ended. A stream that joins after that makes a further summary, with
 * the next {@code revision}.
 *
 * <p>State is bounded: of each stream and session the latest windows that a rule or the average still
 * looks at, at most 1,000, and running totals; windows that wait lie in a store of their own.
 */
package io.valence.fusion.trends;
