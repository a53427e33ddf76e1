package report

import (
	"fmt"
	"strings"

	"github.com/fraiseql/fraiseql-wire-go/bench/peers/measure"
)

// format formats a value in the unit of its figure's name, scaled for readability.
func format(f measure.Figure, v float64) string {
	switch name := string(f); {
	case strings.Contains(name, "bytes"):
		return scaled(v, 1024, "B", "KiB", "MiB", "GiB")
	case strings.Contains(name, "_ns"):
		return scaled(v, 1000, "ns", "µs", "ms", "s")
	}
	return short(v)
}

func scaled(v, step float64, units ...string) string {
	i := 0
	for v >= step && i < len(units)-1 {
		v /= step
		i++
	}
	return short(v) + " " + units[i]
}

// short formats three significant digits, or all digits before the decimal point if there are more.
func short(v float64) string {
	switch {
	case v >= 100 || v == 0:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v < 0.005:
		return fmt.Sprintf("%.1e", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// title returns a figure's heading: its name without its unit.
func title(f measure.Figure) string {
	name := strings.NewReplacer("_ns", "", "_bytes", "", "alloc_bytes", "allocated", "_", " ").Replace(string(f))
	return strings.NewReplacer("cpu", "CPU", "rss", "memory").Replace(name)
}
