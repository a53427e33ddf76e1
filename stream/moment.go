package stream

import "time"

// moment is a time by a stream's own clock, which counts from the sending of the query. A look at it reads the monotonic
// clock alone and costs half of time.Now; there are two looks a fill.
type moment time.Duration

// never is before all moments.
const never moment = -1

// sub is the time from an earlier moment to m.
func (m moment) sub(earlier moment) time.Duration { return time.Duration(m - earlier) }

// clock is what moments are looked up on.
type clock struct{ start time.Time }

func (c clock) now() moment { return moment(time.Since(c.start)) }
