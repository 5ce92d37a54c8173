package io.bitstack.gateway.upstream;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import org.apache.hc.client5.http.HttpRequestRetryStrategy;
import org.apache.hc.core5.http.EndpointDetails;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.Method;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.util.TimeValue;

/**
 * Sends a request without effects again when the connection that was kept from an earlier one turns out to have been closed by the server in the meantime. A request that
 * went out on a connection of its own is not sent again here: whether another server may be asked is for others to say.
 */
final class StaleConnections implements HttpRequestRetryStrategy {
    /** In a context: the request changes nothing, whatever its method. */
    static final String WITHOUT_EFFECTS = "bitstack.without-effects";

    /** As many kept connections as may have been closed at once, such as by a server that was started anew. */
    private static final int MOST_TRIES = 1000;

    @Override
    public boolean retryRequest(HttpRequest request, IOException failure, int tries, HttpContext context) {
        EndpointDetails connection = HttpCoreContext.cast(context).getEndpointDetails();
        boolean wasKept = connection != null && connection.getRequestCount() > 1;
        boolean isClosed = failure instanceof NoHttpResponseException
                || (failure instanceof SocketException && !(failure instanceof ConnectException));
        boolean changesNothing =
                Method.isSafe(request.getMethod()) || context.getAttribute(WITHOUT_EFFECTS) == Boolean.TRUE;
        return wasKept && isClosed && changesNothing && tries < MOST_TRIES;
    }

    @Override
    public boolean retryRequest(HttpResponse response, int tries, HttpContext context) {
        return false;
    }

    @Override
    public TimeValue getRetryInterval(HttpResponse response, int tries, HttpContext context) {
        return TimeValue.ZERO_MILLISECONDS;
    }
}
