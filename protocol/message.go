package protocol

// Message consumes the frame in front, whatever its type, and returns its type and body; ok is false while it is
// incomplete. The body is valid until the next More. Of an ErrorResponse or NoticeResponse above the limit it
// consumes what has come, and returns a body with its texts cut once all has. An error is a *errors.ProtocolError for
// a length that breaks a limit; it comes again at each call.
func (r *Reader) Message() (typ byte, body []byte, ok bool, err error) {
	if r.skip > 0 && r.dropping() {
		return 0, nil, false, nil
	}
	if r.long.left > 0 {
		typ, body, ok = r.longMessage()
		return typ, body, ok, nil
	}
	unscanned := r.buf[r.r:r.w]
	f, ok, err := r.limits.parseFrame(unscanned)
	if ok && r.limits.cuts(f) {
		r.long = longText{left: f.total - frameHeader, typ: f.typ, limit: r.limits.Message - lengthSize}
		r.r += frameHeader
		typ, body, ok = r.longMessage()
		return typ, body, ok, nil
	}
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

// Skip drops the rows in front, including one that has not come whole yet: its bytes are not kept, so that a large
// row costs nothing. It looks at a row's length and not at what is in it. It returns NeedMore, or Message as Rows
// does.
func (r *Reader) Skip() (Stop, error) {
	switch {
	case r.long.left > 0:
		return Message, nil
	case r.skip > 0 && r.dropping():
		return NeedMore, nil
	}
	for {
		unscanned := r.buf[r.r:r.w]
		f, ok, err := r.limits.parseFrame(unscanned)
		switch {
		case err != nil || !ok:
			return NeedMore, err
		case f.typ != dataRow && (f.total <= len(unscanned) || r.limits.cuts(f)):
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

// dropping drops what has come of a row that is skipped. It reports whether more of it is to come.
func (r *Reader) dropping() bool {
	n := min(r.skip, r.w-r.r)
	r.r += n
	r.skip -= n
	return r.skip > 0
}
