#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""many_trace.py RUN: who got what in a many-trace.sh run, and where tasks slept."""
import sys,os,re,collections
run=sys.argv[1]
path=run+'/load'
w=[int(x) for x in open(path+'/window').read().split()]
ws={}
for n in os.listdir(path):
    if n.startswith('writer'):
        b,u,s=map(int,re.findall(r'=(\d+)',open(path+'/'+n).read())); ws[int(n[6:])]=(b,u,s)
r=sorted((b,n) for n,(b,u,s) in ws.items())
med=r[len(r)//2][0]
print('writers',len(r),'sum MiB/s',sum(b for b,_ in r)/2**20/((w[1]-w[0])/1e6),'median KiB',med/1024,'least',[(b//1024,n) for b,n in r[:8]],'most',[b//1024 for b,n in r[-4:]], 'least/med',r[0][0]/med)
q=[r[int(len(r)*p)][0]//1024 for p in (0,.01,.05,.1,.25,.5,.75,.9,.99)]
print('quantiles KiB',q)
d=[list(map(int,l.split())) for l in open(path+'/dirty')]
ins=[x for x in d if w[0]<=x[0]<=w[1]]
a,b=ins[0],ins[-1]
print('disk MiB/s',(b[4]-a[4])/2**20/((b[0]-a[0])/1e6),'peak',max(x[1]+x[2] for x in d)/2**20,'samples',len(ins))
# time series of the disk
step=max(1,len(ins)//18)
print('series disk MiB/s, dirty, wb:',[(round((ins[i+step][4]-ins[i][4])/2**20/((ins[i+step][0]-ins[i][0])/1e6),1),ins[i][1]>>20,ins[i][2]>>20) for i in range(0,len(ins)-step,step)])
for i in range(1,40):
    p=f'{run}/sample{i}'
    if not os.path.exists(p): break
    c=collections.Counter(); comm={}; cpu={}
    cpul=''
    for l in open(p,errors='replace'):
        m=re.match(r'/proc/(\d+)/wchan:(.*)',l)
        if m: comm.setdefault(m[1],m[2]); continue
        m=re.match(r'/proc/(\d+)/stat:\d+ \((.*)\) (\S) (.*)',l)
        if m:
            f=m[4].split(); cpu[m[1]]=(m[2],m[3],int(f[10])+int(f[11]))
        if l.startswith('cpu'): cpul=l.strip()
    for pid,wc in comm.items():
        if pid in cpu:
            n=cpu[pid][0]; n='kworker-flush' if 'kworker/u' in n else ('kworker' if 'kworker' in n else n)
            if n in('rangewriter','kworker-flush') or 'jbd2' in n: c[(n,wc,cpu[pid][1])]+=1
    print('sample',i,c.most_common(9))
    if i>1:
        dl=sorted(((cpu[k][2]-prev.get(k,(0,0,0))[2],cpu[k][0]) for k in cpu),reverse=True)[:6]
        tot=collections.Counter()
        for k in cpu: 
            n=cpu[k][0]; n=re.sub(r'[0-9/:].*','',n)
            tot[n]+=cpu[k][2]-prev.get(k,(0,0,0))[2]
        x=list(map(int,cpul.split()[1:9])); y=list(map(int,pc.split()[1:9]))
        print('   top jiffies/10s',dl,'by name',tot.most_common(4),'cpu user,nice,sys,idle,iow,irq,sirq',[m-n for m,n in zip(x,y)])
    prev=cpu; pc=cpul
