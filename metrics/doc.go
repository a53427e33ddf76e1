// Package metrics has every metric of the library: their names, once, and the handles that the other packages count
// with.
//
// Import it as wiremetrics. A program needs one line, or none:
//
//	wiremetrics.Register()                           // the metrics join the page of github.com/VictoriaMetrics/metrics
//	http.Handle("/metrics", wiremetrics.Handler())   // or they get a page of their own
//
// Everything is always collected, in a Set of its own, whether or not anybody looks. The page is the Prometheus text
// format; histograms have le buckets, so that Prometheus and VictoriaMetrics read them alike. Units stand in the
// names: _ms is milliseconds, _bytes bytes, _rows rows.
//
// # Labels
//
// Label values are escaped, made valid UTF-8 and cut at 128 bytes. The number of different values is bounded: the
// first 1000 entities have series of their own, whatever comes later is counted under the entity "other"; a query
// without an entity is "unknown". Other labels whose values come from outside (type names, reasons, server messages)
// hold 100 values.
//
// # For the library's own packages
//
// ForEntity, the methods of Entity, and the functions about connections (ConnectionCreated, Authentication, ...) are
// exported for package conn and package stream, which count through them. They may change with any version.
//
// Handles are looked up once per stream: what is called for every chunk touches counters that were found before.
// Everything in this package is for any goroutine, except Depths, which belongs to one.
package metrics
