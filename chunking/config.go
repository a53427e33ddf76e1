package chunking

import "fmt"

// The defaults of Config's fields.
const (
	DefaultInitial = 256  // rows
	DefaultMin     = 16   // rows
	DefaultMax     = 1024 // rows
	DefaultWindow  = 50   // chunks
	DefaultLow     = 20   // percent
	DefaultHigh    = 80   // percent
)

// Config holds the bounds of the chunk size. The zero value of a field means its default, so the zero Config is usable.
type Config struct {
	Initial int // rows in the first chunks; if zero, DefaultInitial, limited to [Min, Max]
	Min     int // rows; the size never shrinks below it
	Max     int // rows; the size never grows above it
	Window  int // chunks observed for one decision
	Low     int // percent of the ring's capacity: a mean below it shrinks the chunk
	High    int // percent of the ring's capacity: a mean above it grows the chunk; at most 100
}

// WithDefaults returns c with every zero field set to its default. It checks nothing: see Validate.
func (c Config) WithDefaults() Config {
	setZero(&c.Min, DefaultMin)
	setZero(&c.Max, DefaultMax)
	setZero(&c.Window, DefaultWindow)
	setZero(&c.Low, DefaultLow)
	setZero(&c.High, DefaultHigh)
	setZero(&c.Initial, max(c.Min, min(c.Max, DefaultInitial)))
	return c
}

func setZero(field *int, value int) {
	if *field == 0 {
		*field = value
	}
}

// Validate returns an error that names a field of c that is out of range, and its value; zero fields stand for their
// defaults. It returns nil if c is valid. No value is corrected silently.
func (c Config) Validate() error {
	c = c.WithDefaults()
	fields := []struct {
		name  string
		value int
	}{{"Initial", c.Initial}, {"Min", c.Min}, {"Max", c.Max}, {"Window", c.Window}, {"Low", c.Low}, {"High", c.High}}
	for _, f := range fields {
		if f.value < 0 {
			return fmt.Errorf("chunking: %s is %d: want a positive number, or 0 for the default", f.name, f.value)
		}
	}
	switch {
	case c.Min > c.Max:
		return fmt.Errorf("chunking: Min is %d: want at most Max, which is %d", c.Min, c.Max)
	case c.Initial < c.Min || c.Initial > c.Max:
		return fmt.Errorf("chunking: Initial is %d: want Min to Max, %d to %d", c.Initial, c.Min, c.Max)
	case c.High > 100:
		return fmt.Errorf("chunking: High is %d: want at most 100 percent", c.High)
	case c.Low >= c.High:
		return fmt.Errorf("chunking: Low is %d: want less than High, which is %d", c.Low, c.High)
	}
	return nil
}
