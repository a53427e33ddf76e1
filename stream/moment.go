package stream

import "time"

// moment is a time on a stream's own clock, which counts from when the query was sent. Reading it uses only the
// monotonic clock and costs half as much as time.Now; it is read twice per fill.
type moment time.Duration

// never is earlier than any moment.
const never moment = -1

// sub returns the time from an earlier moment to m.
func (m moment) sub(earlier moment) time.Duration { return time.Duration(m - earlier) }

// clock tells the moments of one stream.
type clock struct{ start time.Time }

func (c clock) now() moment { return moment(time.Since(c.start)) }
