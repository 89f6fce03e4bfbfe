import { stageApp, startHost, startStorage } from "/work/main/test/e2e/host/functions-host.ts";
import { startSandbox } from "/work/main/sandbox/sandbox.ts";
import { readWorld } from "/work/main/test/fixtures/sandbox-service.ts";
const app = await stageApp(); const storage = await startStorage();
const sandbox = await startSandbox({ world: readWorld(process.argv[2] ?? "enable-remote-desktop"), guest: "modelled" });
process.env.NODE_TLS_REJECT_UNAUTHORIZED="0";
const t0=Date.now();
const host = await startHost(app.folder, { ...sandbox.env, AzureWebJobsStorage: storage.connectionString, RDP_REMEDIATION_TENANT_ID: sandbox.tenantId, RDP_REMEDIATION_AUDIENCES: "api://rdp-remediation" }).catch(e=>{console.log(e.message.slice(0,6000));return null});
if (host) {
 console.log("ready", Date.now()-t0);
 const p = sandbox.clients.requester;
 const tok = await (await fetch(`${sandbox.endpoint}/${sandbox.tenantId}/oauth2/v2.0/token`,{method:"POST",body:new URLSearchParams({grant_type:"client_credentials",client_id:p.clientId,client_secret:p.secret,scope:"api://rdp-remediation/.default"})})).json();
 const t1=Date.now();
 const r = await fetch(`${host.url}/api/runs`,{method:"POST",headers:{authorization:`Bearer ${tok.access_token}`,"content-type":"application/json"},body:JSON.stringify({vm:sandbox.vms[0].id,mode:"repair"})});
 console.log(r.status, Object.fromEntries(r.headers)); const run = await r.json(); console.log(JSON.stringify(run).slice(0,300), Date.now()-t1);
 let last="";
 for (let i=0;i<240;i++){ const g=await (await fetch(`${host.url}/api/runs/${run.id}`,{headers:{authorization:`Bearer ${tok.access_token}`}})).json(); const s=JSON.stringify([g.status,g.state,g.run?.state]); if(s!==last){console.log(Date.now()-t1,s);last=s} if(["Succeeded","Failed","Canceled"].includes(g.status)){console.log(JSON.stringify(g.result??g.error).slice(0,400));console.log((g.log??g.run?.log??[]).map((l:any)=>`${l.at} ${l.message}`).join("\n"));break} await new Promise(r=>setTimeout(r,250)); }
 console.log(sandbox.scriptRuns.length, "scripts");
 console.log((await fetch(`${host.url}/api/nothing`)).status, (await fetch(`${host.url}/api/runs`,{method:"DELETE"})).status);
 {const L=host.log().split("\n").map(l=>l.slice(0,400)); console.log(L.filter((l,i)=>/driveRun|advanceRun|fail|warn|rror/.test(l+(L[i-1]??""))).slice(0,60).join("\n"), "\n--", [...new Set(host.log().match(/Executing .Functions[^(]*/g))].join("|"))}
 await host.kill();
}
await storage.close(); await sandbox.close(); app.remove();
