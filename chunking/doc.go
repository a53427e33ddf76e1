// Package chunking decides how many rows a stream's background reader hands over in one step.
//
// A large chunk costs less per row; a small one is handed over sooner. What tells which is needed is how full the ring
// of rows is after each hand-over. A full ring means that the consumer is behind: nothing is gained by handing over
// sooner, so the chunk grows. A ring that is nearly empty means that the consumer waits: the chunk shrinks.
//
//	occupancy, mean over Window chunks    chunk size
//	above High percent                    grows by 1.5, up to Max
//	Low to High percent                   is kept
//	below Low percent                     shrinks by 1.5, down to Min
//
// The window is cleared after each decision, also after one that kept the size, so that two decisions never share an
// observation and a load that swings from side to side does not make the size hunt.
//
// The package knows nothing of rows, rings or goroutines: numbers go in, a number comes out.
package chunking
