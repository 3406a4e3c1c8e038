// All-pairs gravity with tiles of bodies in shared memory and float4 loads; three steps against double precision.
#include "check.h"

constexpr int kThreads = 64;
constexpr float kSoftening = 0.01f;
constexpr float kStep = 0.01f;
constexpr int kSteps = 3;

__device__ float3 pull(float4 body, float4 other, float3 sum) {
  float dx = other.x - body.x, dy = other.y - body.y, dz = other.z - body.z;
  float inverse = rsqrtf(dx * dx + dy * dy + dz * dz + kSoftening);
  float scale = other.w * inverse * inverse * inverse;
  return make_float3(sum.x + dx * scale, sum.y + dy * scale, sum.z + dz * scale);
}

__global__ void step(const float4* from, float4* to, float3* speed, int count) {
  __shared__ float4 tile[kThreads];
  int i = blockIdx.x * kThreads + threadIdx.x;
  float4 body = from[i];
  float3 sum = make_float3(0, 0, 0);
  for (int start = 0; start < count; start += kThreads) {
    tile[threadIdx.x] = from[start + threadIdx.x];
    __syncthreads();
#pragma unroll 4
    for (int k = 0; k < kThreads; ++k) sum = pull(body, tile[k], sum);
    __syncthreads();
  }
  float3 v = speed[i];
  v = make_float3(v.x + sum.x * kStep, v.y + sum.y * kStep, v.z + sum.z * kStep);
  speed[i] = v;
  to[i] = make_float4(body.x + v.x * kStep, body.y + v.y * kStep, body.z + v.z * kStep, body.w);
}

static std::vector<double> reference(const std::vector<float4>& bodies) {
  std::size_t count = bodies.size();
  std::vector<double> at(count * 3), v(count * 3, 0.0), next(count * 3);
  for (std::size_t i = 0; i < count; ++i)
    at[i * 3] = bodies[i].x, at[i * 3 + 1] = bodies[i].y, at[i * 3 + 2] = bodies[i].z;
  for (int round = 0; round < kSteps; ++round) {
    for (std::size_t i = 0; i < count; ++i) {
      double sum[3] = {};
      for (std::size_t j = 0; j < count; ++j) {
        double d[3], square = kSoftening;
        for (int axis = 0; axis < 3; ++axis) d[axis] = at[j * 3 + axis] - at[i * 3 + axis], square += d[axis] * d[axis];
        for (int axis = 0; axis < 3; ++axis) sum[axis] += bodies[j].w * d[axis] / (square * std::sqrt(square));
      }
      for (int axis = 0; axis < 3; ++axis) {
        v[i * 3 + axis] += sum[axis] * kStep;
        next[i * 3 + axis] = at[i * 3 + axis] + v[i * 3 + axis] * kStep;
      }
    }
    at = next;
  }
  return at;
}

int main(int argc, char** argv) {
  int count = check::size_argument(argc, argv, 128) / kThreads * kThreads;
  check::Random random(7);
  std::vector<float4> bodies(count);
  for (float4& body : bodies) {
    body = make_float4(random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(0.5f, 1));
  }
  check::Buffer<float4> a(bodies), b(count);
  check::Buffer<float3> speed(count);
  speed.fill_bytes(0);
  for (int round = 0; round < kSteps; ++round) {
    step<<<count / kThreads, kThreads>>>(round % 2 ? b.get() : a.get(), round % 2 ? a.get() : b.get(), speed.get(),
                                         count);
  }
  check::must_launch();
  std::vector<float> got;
  for (const float4& body : (kSteps % 2 ? b : a).download()) got.insert(got.end(), {body.x, body.y, body.z});
  // Positions move by kStep^2 * acceleration; the float sums are good to about count * 2^-24 of an acceleration below
  // count / kSoftening, rsqrt.approx to 2^-22: 1e-5 leaves a factor of ten.
  return check::verdict("nbody", check::differences(got, reference(bodies), 1e-5, 1e-5));
}
