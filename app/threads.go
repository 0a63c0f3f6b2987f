package app

import "kontor/llm/hardware"

// mixedThreads is how many threads compute at most on a processor with two
// kinds of cores, 0 where all are of one kind. The threads share each step and
// wait for the slowest: one for each performance core is the makers' advice,
// which leaves the others to the window and the system. Processors with few
// performance cores, as in light laptops, take half of all their cores. No such
// processor was there to measure it.
func mixedThreads(cpu hardware.CPU) int {
	if cpu.Performance == 0 || cpu.Efficiency == 0 {
		return 0
	}
	return max(cpu.Performance, (cpu.Performance+cpu.Efficiency)/2)
}

// threads for answers and for embedding on this computer.
func threads(cpu hardware.CPU, cores int, load float64) (chat, embed int) {
	chat, embed = chatThreads(cores), embedThreads(cores, load)
	if most := mixedThreads(cpu); most > 0 {
		chat, embed = min(chat, most), min(embed, most)
	}
	return chat, embed
}
