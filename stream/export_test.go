package stream

// WithProcessors makes ReadAheadAuto decide as on a machine with n processors.
func WithProcessors(n int) Option { return func(s *Settings) { s.processors = n } }
