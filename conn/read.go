package conn

// read waits for the server, and reads once. waited says that nothing had arrived before, or that this cannot be seen.
func (c *Conn) read() (n int, waited bool, err error) {
	n, err = c.reader.MoreFrom(func(p []byte) (n int, err error) {
		n, waited, err = c.link.Read(p)
		return n, err
	})
	return n, waited, err
}

// readArrived reads what has arrived, without waiting: 0 bytes where nothing has, or where that cannot be seen.
func (c *Conn) readArrived() (n int, err error) { return c.reader.MoreFrom(c.link.ReadArrived) }

// await takes in messages until the answer has reached phase p, or a later one, or the beginning of another result. An
// error means that it never will; what the server reports is in s.result.failure instead.
func (s *source) await(p phase) error {
	for s.result.phase < p && !s.result.further {
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
