// Package chunking decides how many rows a stream's background reader hands over in one step.
//
// A large chunk costs less per row; a small one is handed over sooner. Which one is better depends on how full the ring
// of rows is after each hand-over. A full ring means that the consumer is behind: handing over sooner gains nothing, so
// the chunk grows. A nearly empty ring means that the consumer is waiting: the chunk shrinks.
//
//	occupancy, mean over Window chunks    chunk size
//	above High percent                    grows by 1.5, up to Max
//	Low to High percent                   is kept
//	below Low percent                     shrinks by 1.5, down to Min
//
// The window is cleared after each decision, even one that kept the size, so that two decisions never share an
// observation, and a fluctuating load does not make the size oscillate.
//
// The package knows nothing about rows, rings or goroutines: it turns numbers into a number.
package chunking
