# SPDX-License-Identifier: GPL-2.0
# gnuplot -e "out='FOLDER'" bench.gp: FOLDER/{beside,accuracy,pagecost,foreign,foreigncost,bystander}.dat,
# each where it has figures, into FOLDER/bench.svg.
kinds = ""
do for [kind in "beside accuracy pagecost foreign foreigncost bystander"] {
	if (int(system("grep -c . ".out."/".kind.".dat || :")) > 0) {
		kinds = kinds." ".kind
	}
}
if (words(kinds) == 0) {
	# A run of what has a table and no plot.
	exit
}
set terminal svg size 1100,420*words(kinds) font "sans,12" background "white"
set output out."/bench.svg"
set multiplot layout words(kinds),1
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.8 noborder
set boxwidth 0.9
set grid ytics lc rgb "#dddddd"
set xtics rotate by -35 scale 0
set key above left horizontal
set lmargin 12
set rmargin 12
do for [kind in kinds] {
	file = out."/".kind.".dat"
	if (kind eq "beside") {
		set logscale y
		set ylabel "append + fsync, ms"
		plot file using 2:xtic(1) title "p50", "" using 3 title "p99", "" using 4 title "max"
		unset logscale y
	}
	if (kind eq "accuracy") {
		set ylabel "ratio"
		set yrange [0:*]
		plot file using 2:xtic(1) title "peak dirty + writeback to limit", \
			"" using 3 title "writers' share of 40 MiB/s", 1 with lines lc rgb "black" notitle
		set yrange [*:*]
	}
	if (kind eq "foreign") {
		set logscale y
		set ylabel "64 KiB write, ms"
		plot file using 2:xtic(1) title "p50", "" using 3 title "p99", \
			"" using 4 title "p99.9", "" using 5 title "max"
		unset logscale y
	}
	if (kind eq "bystander") {
		set ylabel "60 MiB allocated, ms"
		plot file using 2:xtic(1) title "p50", "" using 3 title "p99", "" using 4 title "max"
	}
	if (kind eq "pagecost" || kind eq "foreigncost") {
		set ylabel "instructions over stock, %"
		plot file using 2:xtic(1) notitle
	}
}
unset multiplot
