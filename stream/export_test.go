package stream

// WithProcessors makes ReadAheadAuto decide as on a machine with so many processors.
func WithProcessors(n int) Option { return func(s *Settings) { s.processors = n } }
