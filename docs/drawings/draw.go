package main

import (
	"image/color"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	gonum "gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// draw writes one SVG: the ring's occupancy at the top, the chunk size at the bottom, over the same time.
func draw(file, title, time string, trace []sample) error {
	occupancy, err := panel("occupancy, %", 100, trace, func(s sample) float64 { return s.occupancy },
		color.RGBA{R: 0x1f, G: 0x6f, B: 0xb4, A: 0xff})
	if err != nil {
		return err
	}
	occupancy.Title.Text = title
	occupancy.Title.TextStyle.Font.Size = vg.Points(11)
	chunk, err := panel("chunk size, rows", 1100, trace, func(s sample) float64 { return float64(s.chunk) },
		color.RGBA{R: 0xc4, G: 0x4e, B: 0x1f, A: 0xff})
	if err != nil {
		return err
	}
	chunk.X.Label.Text = time
	canvas := vgsvg.New(18*vg.Centimeter, 12*vg.Centimeter)
	tiles := gonum.Tiles{Rows: 2, Cols: 1, PadTop: 4, PadBottom: 4, PadLeft: 4, PadRight: 12, PadY: 10}
	all := plot.Align([][]*plot.Plot{{occupancy}, {chunk}}, tiles, gonum.New(canvas))
	occupancy.Draw(all[0][0])
	chunk.Draw(all[1][0])
	return write(file, canvas)
}

func write(file string, canvas *vgsvg.Canvas) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if _, err := canvas.WriteTo(f); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

// panel returns a plot of one line over time.
func panel(label string, top float64, trace []sample, of func(sample) float64, c color.Color) (*plot.Plot, error) {
	p := plot.New()
	p.Y.Label.Text, p.Y.Min, p.Y.Max = label, 0, top
	p.X.Min, p.X.Max = 0, length.Seconds()
	points := make(plotter.XYs, len(trace))
	for i, s := range trace {
		points[i] = plotter.XY{X: s.at.Seconds(), Y: of(s)}
	}
	line, err := plotter.NewLine(points)
	if err != nil {
		return nil, err
	}
	line.Color, line.Width = c, vg.Points(1)
	p.Add(plotter.NewGrid(), line)
	return p, nil
}
