package stream

// WithProcessors makes ReadAheadAuto decide as on a machine with n processors.
func WithProcessors(n int32) Option { return func(s *Settings) { s.processors = n } }
