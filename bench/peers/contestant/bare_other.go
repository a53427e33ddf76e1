//go:build !linux

package contestant

func bareRaw() []Contestant { return nil }
