// Synthetic runs a server that sends rows encoded beforehand, until it is killed. It prints "listening" once it is
// ready.
package main

import (
	"flag"
	"fmt"
	"net"
	"os"

	"github.com/fraiseql/fraiseql-wire-go/bench/synthetic"
)

func main() {
	network := flag.String("network", "tcp", "tcp or unix")
	address := flag.String("address", "127.0.0.1:5499", "where to listen: host:port, or a directory's .s.PGSQL.5432")
	flag.Parse()
	l, err := net.Listen(*network, *address)
	if err == nil {
		fmt.Println("listening on", l.Addr())
		err = synthetic.New().Serve(l)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "synthetic:", err)
		os.Exit(1)
	}
}
