# What Windows offers to compiled programs alone. Compiled at the first use, in C# 5 for Windows PowerShell 5.1.

function Import-NativeCalls {
    if ('RdpRemediation.Native' -as [type]) { return }
    Add-Type -TypeDefinition @'
using System;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace RdpRemediation {
    public static class Native {
        [StructLayout(LayoutKind.Sequential, Pack = 4)]
        struct TokenPrivileges { public uint Count; public long Luid; public uint Attributes; }

        [DllImport("kernel32.dll")]
        static extern IntPtr GetCurrentProcess();
        [DllImport("kernel32.dll")]
        static extern bool CloseHandle(IntPtr handle);
        [DllImport("advapi32.dll", SetLastError = true)]
        static extern bool OpenProcessToken(IntPtr process, uint access, out IntPtr token);
        [DllImport("advapi32.dll", SetLastError = true, CharSet = CharSet.Unicode)]
        static extern bool LookupPrivilegeValueW(string system, string name, out long luid);
        [DllImport("advapi32.dll", SetLastError = true)]
        static extern bool AdjustTokenPrivileges(IntPtr token, bool disableAll, ref TokenPrivileges wanted, uint length, IntPtr former, IntPtr needed);

        // AdjustTokenPrivileges answers true also when the privilege is not ours: the last error tells (1300).
        public static void EnablePrivilege(string name) {
            IntPtr token;
            if (!OpenProcessToken(GetCurrentProcess(), 0x28, out token)) throw new Win32Exception();
            try {
                TokenPrivileges wanted = new TokenPrivileges();
                wanted.Count = 1;
                wanted.Attributes = 2;
                if (!LookupPrivilegeValueW(null, name, out wanted.Luid)) throw new Win32Exception();
                bool done = AdjustTokenPrivileges(token, false, ref wanted, 0, IntPtr.Zero, IntPtr.Zero);
                int error = Marshal.GetLastWin32Error();
                if (!done || error != 0) throw new Win32Exception(error);
            } finally {
                CloseHandle(token);
            }
        }

        [StructLayout(LayoutKind.Sequential)]
        struct KeyProviderInfo {
            public IntPtr Container;
            public IntPtr Provider;
            public uint ProviderType;
            public uint Flags;
            public uint ParameterCount;
            public IntPtr Parameters;
            public uint KeySpec;
        }

        [DllImport("crypt32.dll", SetLastError = true)]
        static extern bool CertGetCertificateContextProperty(IntPtr certificate, uint property, IntPtr data, ref uint length);

        // Container, provider, provider type (0 is CNG) and flags, as the certificate names them; null when it names none.
        // The key need not be there.
        public static object[] GetKeyProvider(IntPtr certificate) {
            uint length = 0;
            if (!CertGetCertificateContextProperty(certificate, 2, IntPtr.Zero, ref length)) return null;
            IntPtr data = Marshal.AllocHGlobal((int)length);
            try {
                if (!CertGetCertificateContextProperty(certificate, 2, data, ref length)) throw new Win32Exception();
                KeyProviderInfo info = (KeyProviderInfo)Marshal.PtrToStructure(data, typeof(KeyProviderInfo));
                return new object[] {
                    Marshal.PtrToStringUni(info.Container), Marshal.PtrToStringUni(info.Provider), (long)info.ProviderType, (long)info.Flags
                };
            } finally {
                Marshal.FreeHGlobal(data);
            }
        }

        [StructLayout(LayoutKind.Sequential)]
        struct SessionInfo {
            public uint ExecEnvId;
            public int State;
            public uint SessionId;
            public IntPtr SessionName;
            public IntPtr HostName;
            public IntPtr UserName;
            public IntPtr DomainName;
            public IntPtr FarmName;
        }

        [DllImport("wtsapi32.dll", SetLastError = true)]
        static extern bool WTSEnumerateSessionsExW(IntPtr server, ref uint level, uint filter, out IntPtr sessions, out uint count);
        [DllImport("wtsapi32.dll")]
        static extern bool WTSFreeMemoryExW(int type, IntPtr memory, uint count);

        // Sessions with a user: active (state 0) and disconnected (state 4). The session of the services has none.
        public static int[] CountSessions() {
            uint level = 1;
            IntPtr sessions;
            uint count;
            if (!WTSEnumerateSessionsExW(IntPtr.Zero, ref level, 0, out sessions, out count)) throw new Win32Exception();
            try {
                int[] counts = new int[] { 0, 0 };
                for (int at = 0; at < count; at++) {
                    IntPtr place = new IntPtr(sessions.ToInt64() + (long)at * Marshal.SizeOf(typeof(SessionInfo)));
                    SessionInfo session = (SessionInfo)Marshal.PtrToStructure(place, typeof(SessionInfo));
                    if (session.UserName == IntPtr.Zero) continue;
                    if (session.State == 0) counts[0]++;
                    if (session.State == 4) counts[1]++;
                }
                return counts;
            } finally {
                WTSFreeMemoryExW(2, sessions, count);
            }
        }
    }
}
'@
}
