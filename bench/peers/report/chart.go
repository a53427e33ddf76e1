package report

import (
	"errors"
	"fmt"
	"image/color"
	"os"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Sizes of a chart.
const (
	chartWidth  = 18 * vg.Centimeter
	barWidth    = 4 * vg.Millimeter
	barDistance = 6 * vg.Millimeter
	chartFrame  = 28 * vg.Millimeter // for the title and the axis
	margin      = 3 * vg.Millimeter
)

// labelRoom is how much longer the axis is than the longest bar, to leave room for the numbers after the bars.
const labelRoom = 1.4

// Colours of the bars.
var (
	blue = color.RGBA{R: 0x33, G: 0x67, B: 0x91, A: 0xff} // this library
	grey = color.RGBA{R: 0xa8, G: 0xb0, B: 0xb8, A: 0xff} // all others
)

// draw creates an SVG: a bar for every contestant's ratio, the first at the top, followed by the minimum and maximum as
// numbers.
func (e *Event) draw(file string) error {
	names, spreads := e.bars()
	if len(names) == 0 {
		return nil
	}
	p, err := e.plot(names, spreads)
	if err != nil {
		return err
	}
	canvas := vgsvg.New(chartWidth, chartFrame+vg.Length(len(names))*barDistance)
	p.Draw(draw.Crop(draw.New(canvas), 2*margin, -margin, margin, -margin))
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = canvas.WriteTo(f)
	return errors.Join(err, f.Close())
}

// bars returns names and ratios from the bottom up.
func (e *Event) bars() (names []string, spreads []Spread) {
	for _, entry := range slices.Backward(e.Entries) {
		if r, ok := e.Ratio(entry); ok {
			names, spreads = append(names, entry.Name), append(spreads, r)
		}
	}
	return names, spreads
}

func (e *Event) plot(names []string, spreads []Spread) (*plot.Plot, error) {
	own, others := make(plotter.Values, len(names)), make(plotter.Values, len(names))
	labels := plotter.XYLabels{}
	longest := 1.0
	for i, s := range spreads {
		side := others
		if strings.HasPrefix(names[i], "fraiseql") {
			side = own
		}
		side[i] = s.Median
		longest = max(longest, s.Median)
		labels.XYs = append(labels.XYs, plotter.XY{X: s.Median, Y: float64(i)})
		labels.Labels = append(labels.Labels, fmt.Sprintf("%s (%s to %s)", short(s.Median), short(s.Min), short(s.Max)))
	}
	numbers, err := plotter.NewLabels(labels)
	if err != nil {
		return nil, err
	}
	numbers.Offset.X = margin / 2
	p := plot.New()
	p.Title.Text, p.Title.Padding = e.Title, margin
	p.X.Label.Text = fmt.Sprintf("%s, %s = 1; less is better", title(e.Main), e.Base)
	for _, side := range []struct {
		plotter.Values
		color.Color
	}{{own, blue}, {others, grey}} {
		bars, err := plotter.NewBarChart(side.Values, barWidth)
		if err != nil {
			return nil, err
		}
		bars.Horizontal, bars.Color, bars.LineStyle.Width = true, side.Color, 0
		p.Add(bars)
	}
	p.Add(numbers)
	p.NominalY(names...)
	p.X.Min, p.X.Max = 0, longest*labelRoom
	sansSerif(p, numbers.TextStyle)
	return p, nil
}

func sansSerif(p *plot.Plot, numbers []draw.TextStyle) {
	styles := []*draw.TextStyle{&p.Title.TextStyle, &p.X.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label}
	for i := range numbers {
		numbers[i].YAlign = draw.YCenter
		styles = append(styles, &numbers[i])
	}
	for _, style := range styles {
		style.Font.Variant = "Sans"
		style.Font.Size = 9
	}
	p.Title.TextStyle.Font.Size = 11
}
