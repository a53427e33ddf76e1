package conn

// read waits for the server, and reads once. It returns waited as true if nothing had arrived before, or if that
// cannot be determined.
func (c *Conn) read() (n int, waited bool, err error) {
	n, err = c.reader.MoreFrom(func(p []byte) (n int, err error) {
		n, waited, err = c.link.Read(p)
		return n, err
	})
	return n, waited, err
}

// readArrived reads what has arrived, without waiting: 0 bytes if nothing has, or if that cannot be determined.
func (c *Conn) readArrived() (n int, err error) { return c.reader.MoreFrom(c.link.ReadArrived) }

// await handles messages until the answer has reached phase p, or a later one, or the beginning of another result. An
// error means that it never will; errors that the server reports are in s.c.result.failure instead.
func (s *source) await(p phase) error {
	for s.c.result.phase < p && !s.c.result.further {
		ok, err := s.message()
		if err != nil {
			return err
		}
		if ok {
			continue
		}
		if _, _, err := s.c.read(); err != nil {
			return err
		}
	}
	return nil
}
