# SPDX-License-Identifier: GPL-2.0
# gnuplot -e "base='...'; phases=N" demo.gp: draws BASE.dirty.dat over BASE.fsync.dat
# into BASE.svg, one colour for each phase.
stats base.".fsync.dat" using 1 name "A" nooutput
stats base.".dirty.dat" using 1 name "B" nooutput
set xrange [0:(A_max > B_max ? A_max : B_max)]
set terminal svg size 1000,640 font "sans,13" background "white"
set output base.".svg"
set multiplot layout 2,1 title "A bulk writer beside a neighbour that appends and calls fsync (ext4, 40 MiB/s)"
set grid ytics lc rgb "#dddddd"
set logscale y
set lmargin 10
set rmargin 3
set key above left horizontal samplen 2
set xlabel ""
set ylabel "writer's dirty +\nwriteback, MiB"
set yrange [0.1:2000]
set format y "%g"
plot for [i=0:phases-1] base.".dirty.dat" index i using 1:($2 > 0.1 ? $2 : 0.1) \
	with lines lw 1.5 title columnheader(1)
unset key
set xlabel "time, s"
set ylabel "neighbour's append +\nfsync, ms"
set yrange [0.5:20000]
plot for [i=0:phases-1] base.".fsync.dat" index i using 1:2 with points pt 7 ps 0.35
unset multiplot
