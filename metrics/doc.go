// Package metrics defines all metrics of the library: their names, and the handles that the other packages count with.
//
// Import it as wiremetrics. A program needs one line at most:
//
//	wiremetrics.Register()                           // the metrics join the page of github.com/VictoriaMetrics/metrics
//	http.Handle("/metrics", wiremetrics.Handler())   // or they have a separate page
//
// Everything is always collected, in a separate Set, whether or not it is exported. The page has the Prometheus text
// format; histograms have le buckets, so that both Prometheus and VictoriaMetrics can read them. Names contain their
// unit: _ms is milliseconds, _bytes bytes, _rows rows.
//
// # Labels
//
// Label values are escaped, made valid UTF-8 and truncated to 128 bytes. The number of different values is bounded: the
// first 1000 entities have their own series, and all later ones are counted under the entity "other"; a query without
// an entity is counted under "unknown". Other labels whose values come from outside (type names, reasons, server
// messages) have at most 100 values.
//
// # For the library's own packages
//
// ForEntity, the methods of Entity, and the functions about connections (ConnectionCreated, Authentication, ...) are
// exported for package conn and package stream, which count with them. They may change in any version.
//
// Handles are looked up once per stream, so that what is called for every chunk needs no lookup. Everything in this
// package is safe for concurrent use, except Depths, which belongs to one goroutine.
package metrics
