package io.valence.ingest;

import io.smallrye.common.annotation.Blocking;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Map;

/**
 * The REST interface: {@code POST /streams} sends a recording, {@code GET /streams} and {@code GET
 * /streams/{id}} tell how far it is. What is refused gets {@code {"error": "one line"}}.
 *
 * <p>Only JSON is taken: a page in a browser cannot send that to another host without being asked
 * first, so it cannot make this process read files.
 */
@Path("/streams")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
public class StreamsResource {

  private final RecordingStreams streams;
  private final IngestSettings settings;

  @Inject
  StreamsResource(final RecordingStreams streams, final IngestSettings settings) {
    this.streams = streams;
    this.settings = settings;
  }

  /** Opens a recording; 202 with the stream's status, whose streamId is the key of all its records. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  public Response open(final String body) {
    try {
      return Response.status(Response.Status.ACCEPTED)
          .entity(streams.open(StreamRequest.parse(body, settings.root())))
          .build();
    } catch (final RefusedRequestException e) {
      return refusal(e);
    }
  }

  @GET
  public List<StreamStatus> list() {
    return streams.list();
  }

  @GET
  @Path("/{id}")
  public Response find(@PathParam("id") final String streamId) {
    try {
      return Response.ok(streams.find(streamId)).build();
    } catch (final RefusedRequestException e) {
      return refusal(e);
    }
  }

  private static Response refusal(final RefusedRequestException e) {
    return Response.status(e.status()).entity(Map.of("error", e.getMessage())).build();
  }
}
