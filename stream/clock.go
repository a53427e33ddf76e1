package stream

import "time"

// moment is a time by the stream's own clock, which counts from Env.Start. A look at it reads the monotonic clock alone
// and costs half of time.Now; there are two looks a fill.
type moment time.Duration

// never is before all moments.
const never moment = -1

func (s *Stream) now() moment { return moment(time.Since(s.env.Start)) }

// sub is the time from an earlier moment to m.
func (m moment) sub(earlier moment) time.Duration { return time.Duration(m - earlier) }
