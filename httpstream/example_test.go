package httpstream_test

import (
	"log"
	"net/http"

	"github.com/fraiseql/fraiseql-wire-go/httpstream"
	"github.com/fraiseql/fraiseql-wire-go/pool"
)

var p *pool.Pool

func ExampleServe() {
	http.HandleFunc("GET /users", func(w http.ResponseWriter, r *http.Request) {
		s, err := p.Query(r.Context(), "SELECT data FROM v_user ORDER BY data->>'name'")
		if err != nil {
			httpstream.Error(w, r, err, httpstream.Options{})
			return
		}
		if err := httpstream.Serve(w, r, s, httpstream.Options{}); err != nil {
			log.Print(err)
		}
	})
}
