package mobile3

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// A redirect is an answer and ends the call: to follow it would be a second request, with the person and the credentials
// in it.
func TestRedirectIsNotFollowed(t *testing.T) {
	for _, status := range []int{300, 301, 302, 303, 307, 308} {
		var requests atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			if requests.Add(1) > 1 {
				io.WriteString(w, verdict)
				return
			}
			http.Redirect(w, r, "/again", status)
		}))
		c := testClient(t, Config{Endpoint: server.URL + "/mobile3/check"})
		out := check(c)
		c.Close()
		server.Close()
		if out.Class != Redirected || out.Answer.HTTPStatus != status || requests.Load() != 1 {
			t.Errorf("%d: %v, status %d, after %d requests", status, out.Class, out.Answer.HTTPStatus, requests.Load())
		}
	}
}
