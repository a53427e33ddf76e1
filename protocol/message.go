package protocol

// Message consumes the frame in front, whatever its type, and returns its type and body; ok is false while it is
// incomplete. The body is valid until the next More. An error is a *errors.ProtocolError for a length that breaks a
// limit; it comes again at each call.
func (r *Reader) Message() (typ byte, body []byte, ok bool, err error) {
	if r.skip > 0 && r.dropping() {
		return 0, nil, false, nil
	}
	unscanned := r.buf[r.r:r.w]
	f, ok, err := r.limits.parseFrame(unscanned)
	if ok && f.total-1 > r.limits.Message { // a row that is taken as a message, because rows are not legal here
		return 0, nil, false, malformed(f.typ, "length %d is above the limit of %d", f.total-1, r.limits.Message)
	}
	if err != nil || !ok || f.total > len(unscanned) {
		return 0, nil, false, err
	}
	r.r += f.total
	r.clean = r.r
	return f.typ, unscanned[frameHeader:f.total:f.total], true, nil
}

// Skip drops the rows in front, also one that has not come whole yet: its bytes are not kept, so that a large row costs
// nothing. What is in a row is not looked at, only its length. It returns NeedMore, or Message once a complete message
// that is not a row is in front.
func (r *Reader) Skip() (Next, error) {
	if r.skip > 0 && r.dropping() {
		return NeedMore, nil
	}
	for {
		unscanned := r.buf[r.r:r.w]
		f, ok, err := r.limits.parseFrame(unscanned)
		switch {
		case err != nil || !ok:
			return NeedMore, err
		case f.typ != dataRow && f.total <= len(unscanned):
			return Message, nil
		case f.typ != dataRow:
			return NeedMore, nil
		}
		r.skip = f.total
		if r.dropping() {
			return NeedMore, nil
		}
	}
}

// dropping drops what has come of a row that is skipped; it is true while more of it is to come.
func (r *Reader) dropping() bool {
	n := min(r.skip, r.w-r.r)
	r.r += n
	r.skip -= n
	return r.skip > 0
}
