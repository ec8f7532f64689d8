"""HTTP/2 that tells the provider when an answer is no longer wanted.

httpcore 1.0 drops an unfinished stream and says nothing: the model goes on generating at the user's cost, and after a
hundred such streams the connection takes no further one. Here the stream is reset (RFC 9113 §5.4.2, CANCEL).
"""

from __future__ import annotations

from typing import Any, cast

import h2.errors
import h2.events
import h2.exceptions
import httpcore
from httpcore._async import http2 as module

_WRITE_SECONDS = 0.5
_NEEDED = ("_response_closed", "_write_outgoing_data")


def install() -> bool:
    """Makes connections opened from now on cancel their streams; False where httpcore has changed inside: then HTTP/2
    is not to be used."""
    if module.AsyncHTTP2Connection is _Cancelling:
        return True
    if not all(hasattr(httpcore.AsyncHTTP2Connection, name) for name in _NEEDED):
        return False
    module.AsyncHTTP2Connection = _Cancelling  # type: ignore[misc]
    return True


class _Cancelling(httpcore.AsyncHTTP2Connection):
    async def _response_closed(self, stream_id: int) -> None:
        state = cast(Any, self._h2_state)
        stream = state.streams.get(stream_id)
        if stream is not None and not stream.closed and not self._connection_error:
            for event in self._events.get(stream_id, ()):
                if isinstance(event, h2.events.DataReceived):  # counted against the window that all streams share
                    state.acknowledge_received_data(event.flow_controlled_length, stream_id)
            try:
                state.reset_stream(stream_id, error_code=h2.errors.ErrorCodes.CANCEL)
                request = httpcore.Request("POST", self._origin_url, extensions={"timeout": {"write": _WRITE_SECONDS}})
                await self._write_outgoing_data(request)
            except (h2.exceptions.ProtocolError, httpcore.NetworkError, httpcore.TimeoutException):
                self._connection_error = True  # no further request is sent on it
        await super()._response_closed(stream_id)

    @property
    def _origin_url(self) -> httpcore.URL:
        origin = self._origin
        return httpcore.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=b"/")
